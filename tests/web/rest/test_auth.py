"""Consumer keys: how they are stored, and that creation and revocation take effect at once."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from llm.models import ConsumerKey
from llm.services.access import consumers
from llm.stores.config import keys
from tests.conftest import Live, Person
from tests.stores.circuits.weather import gone

pytestmark = pytest.mark.django_db(transaction=True)


def _status(client: Client, key: str) -> int:
    return client.get("/v1/models", headers={"Authorization": f"Bearer {key}"}).status_code


def test_a_key_is_random_marked_and_stored_as_a_digest(consumer: Person) -> None:
    row, key = keys.create(consumer.user, name="till")
    assert key.startswith("djb_")
    assert len(key) == 4 + 43
    assert row.digest == keys.digest(key)
    assert key.startswith(row.prefix)
    assert key not in str(ConsumerKey.objects.filter(pk=row.pk).values().get())
    assert keys.create(consumer.user)[1] != key


def test_a_new_key_works_at_once(client: Client, consumer: Person) -> None:
    assert _status(client, consumer.key) == 200
    _, key = keys.create(consumer.user)
    assert _status(client, key) == 200


def test_a_revoked_key_stops_at_once(client: Client, consumer: Person) -> None:
    row, key = keys.create(consumer.user)
    assert _status(client, key) == 200
    keys.revoke(row)
    assert _status(client, key) == 401
    assert _status(client, consumer.key) == 200


def test_a_revoked_key_stops_at_once_on_a_live_server(live: Live, consumer: Person) -> None:
    import httpx2

    row, key = keys.create(consumer.user)
    with httpx2.Client(
        base_url=live.url, headers={"Authorization": f"Bearer {key}"}, trust_env=False, timeout=60
    ) as http:
        assert http.get("/v1/models").status_code == 200
        keys.revoke(row)
        assert http.get("/v1/models").status_code == 401


def test_revoking_twice_keeps_the_first_date(consumer: Person) -> None:
    row, _ = keys.create(consumer.user)
    first = keys.revoke(row).revoked_at
    assert keys.revoke(row).revoked_at == first


def test_an_expired_key_is_refused(client: Client, consumer: Person) -> None:
    _, old = keys.create(consumer.user, expires_at=timezone.now() - timedelta(seconds=1))
    _, young = keys.create(consumer.user, expires_at=timezone.now() + timedelta(hours=1))
    assert (_status(client, old), _status(client, young)) == (401, 200)


def test_a_key_that_expires_while_it_is_in_memory_is_refused(client: Client, consumer: Person) -> None:
    row, key = keys.create(consumer.user, expires_at=timezone.now() + timedelta(hours=1))
    assert _status(client, key) == 200
    row.expires_at = timezone.now()
    row.save()
    assert _status(client, key) == 401


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "bearer djb_no", "Bearer é", "Bearer a b c"])
def test_odd_bearer_headers_are_401(client: Client, header: str) -> None:
    answer = client.get("/v1/models", headers={"Authorization": header})
    assert answer.status_code == 401
    assert "invalid_token" in answer["WWW-Authenticate"]


def test_the_scheme_may_be_written_in_any_case(client: Client, consumer: Person) -> None:
    assert client.get("/v1/models", headers={"Authorization": f"bearer  {consumer.key}"}).status_code == 200


DOORS = {
    "/v1/models": lambda body: body["error"]["code"],
    "/v1/messages": lambda body: body["error"]["details"]["error_code"],
    "/api/llm/providers": lambda body: body["error"]["code"],
    "/api/llm/status": lambda body: body["error"]["code"],
}
"""An address of each door and each kind of view -> how its error names its code."""


def answers_at_all_doors(client: Client, key: str) -> list[tuple[int, str | None, str]]:
    """Status, Retry-After and code of the error at each door."""
    answers = []
    for address, code_of in DOORS.items():
        ask = client.post if address == "/v1/messages" else client.get
        answer = ask(address, headers={"Authorization": f"Bearer {key}"})
        answers.append((answer.status_code, answer.get("Retry-After"), code_of(answer.json())))
    return answers


NOT_CHECKED = (503, "1", "database_unavailable")


def test_a_key_that_cannot_be_checked_is_a_503_at_every_door(client: Client, consumer: Person) -> None:
    assert _status(client, consumer.key) == 200
    row, new = keys.create(consumer.user)
    row.delete()
    consumers.config_store.current_sync()
    with gone("llm_configversion"):
        assert answers_at_all_doors(client, new) == [NOT_CHECKED] * len(DOORS)
        assert _status(client, consumer.key) == 200
    assert [answer[0] for answer in answers_at_all_doors(client, new)] == [401] * len(DOORS)


def test_before_the_first_read_of_the_database_a_key_is_a_503(client: Client, consumer: Person) -> None:
    with gone("llm_configversion"):
        assert answers_at_all_doors(client, consumer.key) == [NOT_CHECKED] * len(DOORS)


def test_a_model_that_cannot_be_looked_up_is_a_503_and_not_a_404(client: Client, consumer: Person) -> None:
    assert _status(client, consumer.key) == 200
    body = {"model": "unheard-of", "messages": [{"role": "user", "content": "hello"}]}
    with gone("llm_configversion"):
        answer = client.post("/v1/chat/completions", body, "application/json", headers=consumer.headers)
        assert (answer.status_code, answer["Retry-After"]) == (503, "1")
