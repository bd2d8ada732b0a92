"""The page of one call: its story, a time bar of its attempts and skips, money, messages, neighbours."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from llm.admin import choices, formatting
from llm.admin.console.calls.bars import attempt_bars, skip_bars
from llm.admin.console.calls.messages import messages_of
from llm.admin.console.calls.money import bill_of
from llm.admin.console.calls.page import Fact
from llm.admin.console.calls.words import story
from llm.admin.console.links import calls_link
from llm.admin.console.overview.changes import ChangeLine, line_of
from llm.admin.console.view import framed
from llm.models import Attempt, Call, CircuitEvent
from llm.services.access.rights import TRY, VIEW_CONTENT, Right, may

AROUND = timedelta(minutes=5)
NEAR = timedelta(days=1)
"""Within this time neighbours are looked for: an unbounded search would read the whole log."""


def call_page(request: HttpRequest, call: Call) -> HttpResponse:
    """The page of a call that the user may view; its messages only with the right to content."""
    attempts = list(call.attempts.order_by("seq"))
    sees_content = may(request.user, *VIEW_CONTENT)
    ask_again = ""
    if sees_content and call.prompt and may(request.user, *TRY):
        ask_again = f"{reverse('llm-playground')}?{urlencode({'call': call.request_id})}"
    context: dict[str, Any] = {
        "call": call,
        "story": story(call, attempts),
        "state": formatting.STATUSES.get(call.status, ("default", call.status)),
        "bars": attempt_bars(call, attempts),
        "skips": skip_bars(call),
        "bill": bill_of(call, attempts),
        "facts": _facts(call),
        "messages_kept": messages_of(call) if sees_content else (),
        "events": _events(call, attempts) if may(request.user, Right.VIEW, CircuitEvent) else (),
        "ask_again": ask_again,
        **_neighbours(call),
    }
    return framed(
        request, "calls/call.html", _("Call of %(time)s") % {"time": formatting.exact(call.started_at)}, context
    )


def _facts(call: Call) -> list[Fact]:
    """Who asked, how and with what result; each leads to the calls that share it."""
    facts = [
        Fact(
            label=_("started at"), value=f"{formatting.exact(call.started_at)} {timezone.localtime(call.started_at):%Z}"
        ),
        Fact(label=_("consumer"), value=call.consumer, href=calls_link(consumer=call.consumer)),
        Fact(label=_("key"), value=call.key_id[:8], href=calls_link(key_id=call.key_id)),
        Fact(label=_("team"), value=call.team, href=calls_link(team=call.team)),
        Fact(label=_("route"), value=call.route, href=calls_link(route=call.route)),
        Fact(
            label=_("origin"),
            value=str(choices.ORIGINS.get(call.origin, call.origin)),
            href=calls_link(origin=call.origin),
        ),
        Fact(label=_("model"), value=call.model, href=calls_link(model=call.model)),
        Fact(label=_("streamed"), value=_("yes") if call.stream else _("no")),
        Fact(
            label=_("first token"),
            value="" if call.first_token_ms is None else formatting.milliseconds(call.first_token_ms),
        ),
        Fact(label=_("elapsed"), value=formatting.milliseconds(call.elapsed_ms)),
        Fact(label=_("dropped parameters"), value=", ".join(call.dropped)),
        *(Fact(label=_("tag"), value=tag, href=calls_link(tag=tag)) for tag in call.tags),
    ]
    return [fact for fact in facts if fact.value]


def _neighbours(call: Call) -> dict[str, str]:
    """The consumer's calls just before and after this one, within NEAR. Two queries."""
    if not call.consumer:
        return {}
    same = Call.objects.filter(consumer=call.consumer).only("pk")
    before = same.begun(call.started_at - NEAR, call.started_at).order_by("-started_at", "-pk").first()
    later = same.begun(call.started_at, call.started_at + NEAR).exclude(pk=call.pk)
    after = later.order_by("started_at", "pk").first()
    links = {"earlier": before, "later": after}
    return {name: reverse("admin:llm_call_change", args=[other.pk]) for name, other in links.items() if other}


def _events(call: Call, attempts: list[Attempt]) -> list[ChangeLine]:
    """What happened within AROUND to the circuits of the providers on its way."""
    names = {each.provider for each in attempts} | {str(skip.get("provider")) for skip in call.skips}
    around = (call.started_at - AROUND, call.started_at + timedelta(milliseconds=call.elapsed_ms) + AROUND)
    return [
        line_of(event)
        for event in CircuitEvent.objects.filter(provider__in=names, at__range=around).order_by("at")[:20]
    ]
