"""Every page that there is, read in French: no English word outside of names."""

from datetime import timedelta

import pytest
from django.utils import timezone

from llm.core.calls import CallStatus
from llm.core.circuit.override import WORDINGS, Action
from llm.core.failures.policy import ErrorClass
from llm.models import ConsumerKey
from llm.vendors.catalogue import PRESETS
from tests.admin.console.log import call
from tests.rights.conftest import World
from tests.rights.english import english_in
from tests.rights.people import Who
from tests.rights.screens import OPEN_PAGES, PAGES
from tests.rights.test_screens import NO_ROW, pages_of

NAMES = frozenset({"Djobea", "answering", "spare-route", "spare", "somebody", "some group", "shop", "playground"})
NAMES |= {"Operators", "Administrators", "bare_staff", "superuser", "operator", "administrator", "alice", "default"}
NAMES |= {"model of spare", "model of answering", "a list"}
NAMES |= {vendor.label for vendor in PRESETS.values()}
NAMES |= {who.value for who in Who if " " in who.value}
"""Names of rows, where they stand in a sentence too."""
USERS = frozenset({who.name.lower() for who in Who} | {who.value for who in Who})
"""Names that are words of the admin as well: left out where they stand alone."""


@pytest.fixture
def busy(world: World) -> World:
    """With calls of every ending, an event of every kind, an open alert and a conversation."""
    from conversations.models import Turn
    from llm.models import Alert, CircuitEvent

    world.mend()
    now = timezone.now()
    for error in ErrorClass:
        row = call(("spare", error), ("answering", ""), tags=["nobody's"], stream=True)
    world.rows["llm.call"] = row.pk
    for status in CallStatus:
        call(("spare", "timeout"), status=status)
    reasons = [
        *ErrorClass,
        Action.RELEASE,
        Action.RESET,
        Action.PROBE,
        *(wording.code for wording in WORDINGS.values()),
    ]
    events = [("closed", "open"), ("open", "half_open"), ("half_open", "closed"), ("closed", "closed")]
    for number, reason in enumerate(reasons):
        before, after = events[number % len(events)]
        CircuitEvent.objects.create(provider="answering", at=now, before=before, after=after, reason=reason, until=now)
    times = {"created_at": now, "at": now, "since": now - timedelta(minutes=5)}
    Alert.objects.create(event="outage", provider="spare", topic="provider", subject="spare", title="spare", **times)
    conversation = {"conversation_id": world.rows["conversations.conversation"]}
    for seq, role in enumerate(Turn.Role.values, start=1):
        Turn.objects.create(**conversation, seq=seq, role=role, content="Bonjour", provider="spare")
    return world


def test_no_page_has_english_words_in_french(busy: World) -> None:
    client = busy.browser(Who.SUPERUSER)
    names = NAMES | set(ConsumerKey.objects.values_list("prefix", flat=True))  # drawn by lot, words among them
    own = [page.address for page in pages_of(busy) if Who.SUPERUSER in page.get and f"/{NO_ROW}/" not in page.address]
    found = {}
    for address in [*own, *(f"/{page}" for page in PAGES), *(f"/{page}" for page in OPEN_PAGES)]:
        answer = client.get(address, headers={"Accept-Language": "fr"})
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            found[address] = english_in(answer.content.decode(), names, USERS)
    lines = [f"{address}: {', '.join(sorted(words))}" for address, words in sorted(found.items()) if words]
    assert not lines, "\n".join(lines)
