"""States, reasons, times and figures as text in the user's language."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from llm.core.calls import CallStatus, Outcome, SkipReason
from llm.core.circuit.override import WORDINGS, Action, Mode
from llm.core.failures.policy import ErrorClass
from llm.core.routing.standing import PHRASES, Standing

UNKNOWN = "-"
CENT = 0.01
SECONDS_BELOW_S = 120
"""A time nearer than this is shown with its seconds."""

REASONS: dict[str, Promise] = {
    ErrorClass.CREDIT_EXHAUSTED: gettext_lazy("out of credit"),
    ErrorClass.RATE_LIMITED: gettext_lazy("rate limited"),
    ErrorClass.OVERLOADED: gettext_lazy("overloaded"),
    ErrorClass.SERVER_ERROR: gettext_lazy("server errors"),
    ErrorClass.CONNECTION: gettext_lazy("not reachable"),
    ErrorClass.TIMEOUT: gettext_lazy("too slow"),
    ErrorClass.BAD_RESPONSE: gettext_lazy("unusable answers"),
    ErrorClass.AUTH: gettext_lazy("key refused"),
    ErrorClass.PERMISSION: gettext_lazy("not permitted"),
    ErrorClass.MODEL_NOT_FOUND: gettext_lazy("unknown model"),
    ErrorClass.CONTEXT_LENGTH: gettext_lazy("request too long"),
    ErrorClass.CONTENT_FILTERED: gettext_lazy("refused by the content filter"),
    ErrorClass.INVALID_REQUEST: gettext_lazy("request not accepted"),
    ErrorClass.INTERNAL: gettext_lazy("request could not be built"),
    ErrorClass.UNKNOWN: gettext_lazy("unexplained failures"),
    SkipReason.EXCLUDED: gettext_lazy("excluded by the caller"),
    SkipReason.DISABLED: gettext_lazy("switched off"),
    SkipReason.NO_KEY: gettext_lazy("no key"),
    SkipReason.CAPABILITY: gettext_lazy("capability missing"),
    SkipReason.CONTEXT_WINDOW: gettext_lazy("context window too small"),
    SkipReason.LIMIT: gettext_lazy("beyond a limit of this vendor"),
    SkipReason.REFUSED: gettext_lazy("refused the same before"),
    SkipReason.DEADLINE: gettext_lazy("no time left"),
    SkipReason.TRIAL_TAKEN: gettext_lazy("another call is its trial"),
    SkipReason.OPEN: gettext_lazy("circuit open"),
    SkipReason.BUDGET: gettext_lazy("its budget is spent"),
    SkipReason.UNPRICED: gettext_lazy("no known price, and a budget applies"),
    "ramping": gettext_lazy("gradually returning to service"),
    WORDINGS[Mode.DISABLE].code: gettext_lazy("disabled by an operator"),
    WORDINGS[Mode.FORCE_OPEN].code: gettext_lazy("forced open"),
    WORDINGS[Mode.FORCE_CLOSED].code: gettext_lazy("forced closed"),
    WORDINGS[Mode.DRAIN].code: gettext_lazy("draining"),
    Action.RELEASE: gettext_lazy("released"),
    Action.RESET: gettext_lazy("failures reset"),
    Action.PROBE: gettext_lazy("probed"),
}

PARTS: dict[str, Promise] = {
    "gateway": gettext_lazy("the gateway"),
    "probe": gettext_lazy("a probe"),
    "worker": gettext_lazy("the worker"),
    "system": gettext_lazy("the gateway"),
}
"""Authors that are no persons."""

STATUSES: dict[str, tuple[str, Promise]] = {
    CallStatus.OK: ("success", gettext_lazy("answered")),
    CallStatus.STATIC: ("warning", gettext_lazy("static text")),
    CallStatus.FAILED: ("danger", gettext_lazy("failed")),
    CallStatus.REJECTED: ("info", gettext_lazy("rejected")),
    CallStatus.CANCELLED: ("default", gettext_lazy("cancelled")),
    CallStatus.CUT: ("danger", gettext_lazy("cut off")),
    CallStatus.INTERRUPTED: ("danger", gettext_lazy("interrupted")),
}
"""Call status -> colour and label of its badge."""

OUTCOMES: dict[str, tuple[str, Promise]] = {
    Outcome.OK: ("success", gettext_lazy("answered")),
    Outcome.FAILED: ("danger", gettext_lazy("failed")),
    Outcome.CANCELLED: ("default", gettext_lazy("cancelled")),
    Outcome.INTERRUPTED: ("danger", gettext_lazy("interrupted")),
    Outcome.HEDGED: ("default", gettext_lazy("hedged: another was quicker")),
}

STATES: dict[str, tuple[str, Promise]] = {
    "closed": ("success", gettext_lazy("closed")),
    "open": ("danger", gettext_lazy("open")),
    "half_open": ("warning", gettext_lazy("half open")),
    "disabled": ("default", gettext_lazy("disabled")),
    Mode.DISABLE: ("default", gettext_lazy("disabled")),
    Mode.FORCE_OPEN: ("danger", gettext_lazy("forced open")),
    Mode.FORCE_CLOSED: ("info", gettext_lazy("forced closed")),
    Mode.DRAIN: ("warning", gettext_lazy("draining")),
    "standby": ("default", gettext_lazy("stands by")),
    "joined": ("info", gettext_lazy("joined")),
}
"""State -> colour and label of its badge. The first three are circuit states; the others are shown like them."""


STANDINGS: dict[str, tuple[str, Promise]] = {
    standing: (colour, gettext_lazy(PHRASES[standing]))
    for standing, colour in {
        Standing.ANSWERS: "success",
        Standing.TO_BE_TRIED: "info",
        Standing.RETURNING: "warning",
        Standing.WAITS: "warning",
        Standing.OUT: "danger",
        Standing.DISABLED: "default",
        Standing.NO_KEY: "default",
        Standing.KEPT_OUT: "default",
    }.items()
}
"""Standing -> colour and label of its badge. The labels' translations stand in the catalogue like any other's."""


def badge(colour: str, text: object) -> SafeString:
    """A coloured label in unfold's style."""
    return mark_safe(render_to_string("unfold/helpers/label.html", {"type": colour, "text": text}))  # noqa: S308  escaped there


def badge_of(table: Mapping[Any, tuple[str, Promise]], code: str) -> SafeString:
    """The badge of `code` in `table`; the code itself when the table lacks it."""
    colour, text = table.get(code, ("default", code))
    return badge(colour, text)


def two_lines(first: object, second: object) -> SafeString:
    """A cell of two lines, the second one small; of one line when `second` is empty."""
    if not second:
        return format_html('<div class="djb-two">{}</div>', first)
    return format_html('<div class="djb-two">{}<span class="djb-sub">{}</span></div>', first, second)


def pair(first: object, second: object) -> str:
    """Two texts with a colon, as the language writes it: "claude: out of credit"."""
    return _("%(first)s: %(second)s") % {"first": first, "second": second} if second else str(first)


def verbatim(text: object) -> SafeString | str:
    """Words that are shown as they were recorded: a vendor's, or the log's English."""
    return format_html('<span lang="en" translate="no">{}</span>', text) if text else ""


def author(by: str) -> str:
    """Who did something: a person's name, or which part of the gateway."""
    return str(PARTS.get(by, by))


def reason(code: object) -> str:
    """An error class, or the code of a skip, as a phrase."""
    text = str(code or "")
    return str(REASONS.get(text, text.replace("_", " ")))


def moment(at: datetime | None) -> str:
    """A short time: "14:05 UTC" today, "3 Nov 14:05 UTC" on another day; "-" for None."""
    if at is None:
        return UNKNOWN
    local = timezone.localtime(at)
    today = local.date() == timezone.localdate()
    time = f"{date_format(local, 'H:i')} {local:%Z}"
    return time if today else f"{day(local)} {time}"


def exact(at: datetime | None) -> str:
    """A time to the second: "3 Nov 14:05:07"."""
    if at is None:
        return UNKNOWN
    local = timezone.localtime(at)
    return f"{day(local)} {date_format(local, 'H:i:s')}"


def day(at: datetime) -> str:
    """A day as the language writes it: "3 Nov", "3 nov"."""
    return date_format(at, pgettext("Django's format of a day", "j M"))


def milliseconds(value: float | None) -> str:
    """Milliseconds, or seconds from 10 s on."""
    if value is None:
        return UNKNOWN
    return f"{number_format(value / 1000, 1)} s" if value >= 10_000 else f"{number_format(round(value))} ms"


def span(length: timedelta) -> str:
    """A length of time in its largest unit: "50 s", "3 min", "5 h", "12 d"."""
    seconds = max(0, round(length.total_seconds()))
    if seconds < 2 * 60:
        return _("%(n)s s") % {"n": seconds}
    if seconds < 2 * 3600:
        return _("%(n)s min") % {"n": round(seconds / 60)}
    if seconds < 2 * 86_400:
        return _("%(n)s h") % {"n": round(seconds / 3600)}
    return _("%(n)s d") % {"n": round(seconds / 86_400)}


def until(at: datetime) -> str:
    """How long until then, in its largest unit."""
    return span(at - timezone.now())


def percent(share: float | None) -> str:
    """A share from 0 to 1 as "98 %"; "-" for None."""
    return UNKNOWN if share is None else f"{number_format(round(100 * share))} %"


def dated(at: datetime) -> str:
    """A time with its day, for what is read later: "28 Nov 14:05 UTC"."""
    local = timezone.localtime(at)
    return f"{day(local)} {date_format(local, 'H:i')} {local:%Z}"


def whole(value: float | Decimal | None) -> str:
    """A number without a fraction: "12,345"; "-" for None."""
    return UNKNOWN if value is None else str(number_format(round(float(value)), force_grouping=True))


def money(usd: object, digits: int | None = None) -> str:
    """US dollars with two digits, four below one cent, and six below a hundredth of one: "$0.36", "0,36 $".

    With `digits` as many, so that the figures of a column can be compared.
    """
    if usd is None:
        return UNKNOWN
    value = float(str(usd))
    size = abs(value)
    fitting = 2 if size >= CENT or size == 0 else 4 if size >= CENT / 100 else 6
    return _in_dollars(value, fitting if digits is None else digits)


def _in_dollars(value: float, digits: int) -> str:
    text = _("$%(n)s") % {"n": number_format(abs(value), digits, force_grouping=True)}
    return f"-{text}" if value < 0 else text


def exact_cost(usd: object, unpriced: object) -> str:
    """The same as `cost` with six digits, for one call's bill."""
    if usd is None:
        return _("unpriced") if unpriced else UNKNOWN
    if not float(str(usd)):
        return cost(usd, unpriced)
    return f"{_in_dollars(float(str(usd)), 6)} + {_('unpriced')}" if unpriced else _in_dollars(float(str(usd)), 6)


def cost(usd: object, unpriced: object) -> str:
    """US dollars; "unpriced" for what has no price, and beside the rest when only a part has none."""
    if not unpriced:
        return money(usd)
    return _("unpriced") if usd is None else f"{money(usd)} + {_('unpriced')}"


def tokens(input_tokens: int, output_tokens: int) -> str:
    """Tokens in and out: "412 → 96"."""
    if not (input_tokens or output_tokens):
        return UNKNOWN
    return f"{whole(input_tokens)} → {whole(output_tokens)}"


def next_attempt(at: datetime | None) -> str:
    """When a provider with an open circuit gets its next call."""
    if at is None or at <= timezone.now():
        return _("next attempt with the next call")
    near = (at - timezone.now()).total_seconds() < SECONDS_BELOW_S
    time = f"{date_format(timezone.localtime(at), 'H:i:s')} {timezone.localtime(at):%Z}" if near else moment(at)
    return _("next attempt at %(time)s") % {"time": time}
