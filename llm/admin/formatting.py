"""States, reasons, times and figures as text in the user's language."""

from datetime import datetime

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from llm.core.calls import CallStatus, Outcome, SkipReason
from llm.core.circuit.override import WORDINGS, Action, Mode
from llm.core.failures.policy import ErrorClass
from llm.core.routing.standing import PHRASES, Standing

UNKNOWN = "-"
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


def badge_of(table: dict[str, tuple[str, Promise]], code: str) -> SafeString:
    """The badge of `code` in `table`; the code itself when the table lacks it."""
    colour, text = table.get(code, ("default", code))
    return badge(colour, text)


def two_lines(first: object, second: object) -> SafeString:
    """A cell of two lines, the second one small; of one line when `second` is empty."""
    if not second:
        return format_html('<div class="djb-two">{}</div>', first)
    return format_html('<div class="djb-two">{}<span class="djb-sub">{}</span></div>', first, second)


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
    return f"{date_format(local, 'H:i' if today else 'j M H:i')} {local:%Z}"


def exact(at: datetime | None) -> str:
    """A time to the second: "3 Nov 14:05:07"."""
    return UNKNOWN if at is None else date_format(timezone.localtime(at), "j M H:i:s")


def milliseconds(value: float | None) -> str:
    """Milliseconds, or seconds from 10 s on."""
    if value is None:
        return UNKNOWN
    return f"{number_format(value / 1000, 1)} s" if value >= 10_000 else f"{number_format(round(value))} ms"


def percent(share: float | None) -> str:
    """A share from 0 to 1 as "98 %"; "-" for None."""
    return UNKNOWN if share is None else f"{number_format(round(100 * share))} %"


def money(usd: object) -> str:
    """US dollars, with as many digits as a small price needs."""
    if usd is None:
        return UNKNOWN
    value = float(str(usd))
    size = abs(value)
    return f"{'-' if value < 0 else ''}${number_format(size, 2 if size >= 1 or size == 0 else 5)}"


def cost(usd: object, unpriced: object) -> str:
    """US dollars; "unpriced" for what has no price, and beside the rest when only a part has none."""
    if not unpriced:
        return money(usd)
    return _("unpriced") if usd is None else f"{money(usd)} + {_('unpriced')}"


def tokens(input_tokens: int, output_tokens: int) -> str:
    """Tokens in and out: "412 → 96"."""
    if not (input_tokens or output_tokens):
        return UNKNOWN
    return f"{number_format(input_tokens)} → {number_format(output_tokens)}"


def next_attempt(at: datetime | None) -> str:
    """When a provider with an open circuit gets its next call."""
    if at is None or at <= timezone.now():
        return _("next attempt with the next call")
    near = (at - timezone.now()).total_seconds() < SECONDS_BELOW_S
    time = f"{date_format(timezone.localtime(at), 'H:i:s')} {timezone.localtime(at):%Z}" if near else moment(at)
    return _("next attempt at %(time)s") % {"time": time}
