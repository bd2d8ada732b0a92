"""What a key may do."""

from datetime import UTC, datetime, timedelta

import pytest

from llm.core.consumers.allowed import largest_answer, refused, refused_by_any
from llm.core.consumers.rights import AskedFor, Holder, KeyRights

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("rights", "asked", "field"),
    [
        (KeyRights(), AskedFor(endpoint="chat", address="10.0.0.1", now=NOW, route="default", stream=True), None),
        (KeyRights(routes=("sugg*",)), AskedFor(route="suggestions"), None),
        (KeyRights(routes=("sugg*",)), AskedFor(route="default"), "routes"),
        (KeyRights(providers=("claude",)), AskedFor(provider="claude", model="m"), None),
        (KeyRights(providers=("claude",)), AskedFor(provider="Claude", model="m"), "providers"),
        (KeyRights(models=("gpt-*-mini",)), AskedFor(provider="openai", model="gpt-5-mini"), None),
        (KeyRights(models=("gpt-*-mini",)), AskedFor(provider="openai", model="gpt-5"), "models"),
        (KeyRights(endpoints=("chat",)), AskedFor(endpoint="operate"), "endpoints"),
        (KeyRights(streaming=False), AskedFor(stream=True), "streaming"),
        (KeyRights(streaming=False), AskedFor(stream=False), None),
        (KeyRights(max_tokens=100), AskedFor(max_tokens=100), None),
        (KeyRights(max_tokens=100), AskedFor(max_tokens=101), "max_tokens"),
        (KeyRights(not_before=NOW), AskedFor(now=NOW), None),
        (KeyRights(not_before=NOW), AskedFor(now=NOW - HOUR), "not_before"),
        (KeyRights(not_after=NOW), AskedFor(now=NOW), None),
        (KeyRights(not_after=NOW), AskedFor(now=NOW + HOUR), "not_after"),
        (KeyRights(networks=("10.1.0.0/16", "2001:db8::/32")), AskedFor(address="10.1.2.3"), None),
        (KeyRights(networks=("10.1.0.0/16", "2001:db8::/32")), AskedFor(address="2001:db8::5"), None),
        (KeyRights(networks=("10.1.0.0/16",)), AskedFor(address="10.2.0.1"), "networks"),
        (KeyRights(networks=("10.1.0.0/16",)), AskedFor(address=""), "networks"),
        (KeyRights(networks=("nonsense",)), AskedFor(address="10.2.0.1"), "networks"),
    ],
)
def test_a_bound_refuses_what_it_does_not_hold(rights: KeyRights, asked: AskedFor, field: str | None) -> None:
    refusal = refused(rights, asked)
    assert (refusal and refusal.field) == field


def test_the_team_narrows_what_the_key_may_do() -> None:
    rights = (KeyRights(models=("gpt-*",)), KeyRights(holder=Holder.TEAM, models=("*-mini",)))
    assert refused_by_any(rights, AskedFor(model="gpt-5-mini")) is None
    refusal = refused_by_any(rights, AskedFor(model="gpt-5"))
    assert refusal is not None
    assert refusal.sentence == "This team may not ask the model 'gpt-5'."


def test_the_smallest_bound_on_answers_holds() -> None:
    assert largest_answer((KeyRights(max_tokens=500), KeyRights(), KeyRights(max_tokens=200))) == 200
    assert largest_answer((KeyRights(),)) is None
