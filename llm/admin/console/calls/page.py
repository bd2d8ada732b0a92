"""The list of calls: filters in the address, sums of the selection, live view, export."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from llm.admin import formatting
from llm.admin.console.calls.filters import ALWAYS_SHOWN, CallFilter, selection_of, suggestions
from llm.admin.console.calls.rows import rows_of
from llm.admin.console.view import framed, page_of
from llm.models import Attempt, Call
from llm.services.calls.running import running_now
from llm.services.calls.selection import Totals, totals
from llm.services.exports.calls import newest
from llm.services.exports.formats import Format, pieces

PER_PAGE = 50
LIVE_S = 2
LIVE_FOR_S = 600
"""A live view ends by itself: a forgotten tab asks nothing."""
STOP_POLLING = 286
"""htmx's own status for the end of polling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    label: str
    value: str
    href: str = ""


def list_page(request: HttpRequest) -> HttpResponse:
    """The page. A filter that makes no sense is named, and nothing is listed."""
    form = CallFilter(request.GET)
    is_live = request.GET.get("live") == "1"
    context: dict[str, Any] = {"form": form, "shown": _fields(form), "is_live": is_live}
    if form.is_valid():
        calls = selection_of(form).calls()
        context |= _rows(request, calls) | {"facts": _facts(request.GET, totals(calls))}
        context["live_href"] = _with(request.GET, live="" if is_live else "1", before="")
        context["export_href"] = f"{reverse('console:calls-csv')}?{_query(request.GET)}"
        if is_live:
            context |= _live(request, calls, timezone.now())
    return framed(request, "calls/page.html", _("Calls"), context)


@page_of(Call)
def live(request: HttpRequest) -> HttpResponseBase:
    """The newest rows and the running calls, for the live view; 286 once it has run for LIVE_FOR_S."""
    form = CallFilter(request.GET)
    began = _moment(request.GET.get("began", ""))
    if not form.is_valid() or began is None or (timezone.now() - began).total_seconds() > LIVE_FOR_S:
        return render(request, "admin/llm/console/calls/live_over.html", status=STOP_POLLING)
    calls = selection_of(form).calls()
    context = _rows(request, calls) | _live(request, calls, began)
    if context["seen"] == request.GET.get("seen") and not context["running"]:
        return HttpResponse(status=204)
    return render(request, "admin/llm/console/calls/rows.html", {**context, "is_live": True})


@page_of(Call)
def export(request: HttpRequest) -> HttpResponseBase:
    """The selection as CSV, newest first, at most MOST_EXPORTED rows, written while it is read."""
    form = CallFilter(request.GET)
    if not form.is_valid():
        return HttpResponse(form.errors.as_text(), status=400, content_type="text/plain; charset=utf-8")
    response = StreamingHttpResponse(
        pieces(Format.CSV, newest(selection_of(form).calls())), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="calls-{timezone.localtime():%Y-%m-%d-%H%M}.csv"'
    return response


def _rows(request: HttpRequest, calls: QuerySet[Call]) -> dict[str, Any]:
    """One page of rows, and where the older ones are."""
    attempts = Attempt.objects.only("call", "seq", "provider", "outcome", "error_class", "reason").order_by("seq")
    wanted = _older_than(calls, request.GET.get("before", "")).prefetch_related(Prefetch("attempts", queryset=attempts))
    found = list(wanted[: PER_PAGE + 1])
    page, more = found[:PER_PAGE], len(found) > PER_PAGE
    cursor = f"{page[-1].started_at.isoformat()}~{page[-1].pk.hex}" if more else ""
    return {
        "rows": rows_of(page),
        "seen": str(page[0].pk) if page else "",
        "older_href": _with(request.GET, before=cursor, live="") if more else "",
        "newest_href": _with(request.GET, before="") if request.GET.get("before") else "",
    }


def _older_than(calls: QuerySet[Call], cursor: str) -> QuerySet[Call]:
    """The calls after the cursor of a page; all of them for one that is none."""
    moment, _sep, pk = cursor.partition("~")
    try:
        at, last = datetime.fromisoformat(moment), UUID(pk)
    except ValueError:
        return calls
    return calls.filter(Q(started_at__lt=at) | Q(started_at=at, pk__lt=last), started_at__lte=at)


def _live(request: HttpRequest, calls: QuerySet[Call], began: datetime) -> dict[str, Any]:
    running = [
        {"call": call, "seconds": formatting.milliseconds(1000 * (timezone.now() - call.started_at).total_seconds())}
        for call in running_now()
    ]
    return {"running": running, "live_s": LIVE_S, "poll": _poll(request.GET, began)}


def _poll(query: QueryDict, began: datetime) -> str:
    """The address of the next look, without what the page knows last: the template adds it."""
    return f"{reverse('console:calls-live')}?{_query(query, began=began.astimezone(UTC).isoformat())}"


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None


def _query(query: QueryDict, **changes: str) -> str:
    """The address' parameters with these changes; empty ones are left out."""
    kept = {key: str(query[key]) for key in query if key not in ("seen", "began", "before")} | changes
    params = QueryDict(mutable=True)
    params.update({key: value for key, value in kept.items() if value})
    return params.urlencode()


def _with(query: QueryDict, **changes: str) -> str:
    return f"?{_query(query, **changes)}"


def _fields(form: CallFilter) -> dict[str, Any]:
    """The fields that are always shown, the others, and how many of the others are set."""
    others = [field for field in form.visible_fields() if field.name not in ALWAYS_SHOWN]
    return {
        "always": [form[name] for name in ALWAYS_SHOWN],
        "others": others,
        "others_set": sum(field.name in form.set_fields for field in others),
        "suggestions": suggestions(),
    }


def _facts(query: QueryDict, sums: Totals) -> list[Fact]:
    """The sums of the selection; each narrows the list to what it counts."""
    facts = [
        Fact(
            label=_("calls") if not sums.cut_off else _("newest calls, and more"),
            value=formatting.whole(sums.calls),
        ),
        Fact(label=_("cost"), value=formatting.money(sums.usd)),
        Fact(label=_("p95 of the answered"), value=formatting.milliseconds(sums.p95_ms)),
        Fact(label=_("static texts"), value=formatting.whole(sums.static), href=_with(query, status="static")),
        Fact(
            label=_("not answered"), value=formatting.whole(sums.not_answered), href=_with(query, status="unanswered")
        ),
    ]
    if sums.unpriced:
        facts.append(Fact(label=_("unpriced"), value=formatting.whole(sums.unpriced), href=_with(query, unpriced="1")))
    return facts
