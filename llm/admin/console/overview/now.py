"""Who answers now, what is out and until when, with the buttons that help."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone

from llm.admin import health
from llm.admin.console.links import calls_link, link
from llm.admin.health import Strip, strip
from llm.alerts.conditions.facts import REFILL_AT
from llm.core.failures.policy import ErrorClass
from llm.core.routing.standing import Standing
from llm.kinds import is_compatible
from llm.models import Provider
from llm.services.status import ProviderStatus, Status
from llm.services.wallets.words import hours_in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Out:
    """A provider without calls now. `wait`: how much longer, as people say it; "" when no time is known.

    `retest`, `reset`: addresses of its buttons, "" without the right or the use. `billing`: where to refill.
    """

    name: str
    reason: str
    wait: str
    href: str
    calls: str
    retest: str = ""
    reset: str = ""
    billing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    strip: Strip
    out: tuple[Out, ...]
    answering_href: str


def now_strip(status: Status, *, may_operate: bool) -> Now:
    """The strip of `status`. Reads the ids of providers that are out, and nothing while all answer."""
    short = strip(status)
    names = [each.name for each in short.unavailable]
    ids = dict(Provider.objects.filter(name__in=names).values_list("name", "pk")) if names else {}
    by_name = {each.name: each for each in status.providers}
    return Now(
        strip=short,
        out=tuple(_out(by_name[name], ids.get(name), may_operate) for name in names),
        answering_href=calls_link(last="1h", provider="" if short.answering not in by_name else short.answering),
    )


def _out(status: ProviderStatus, pk: object, may_operate: bool) -> Out:
    page = reverse("admin:llm_provider_change", args=[pk]) if pk else link("admin:llm_provider_changelist")
    can_help = may_operate and pk and status.standing in (Standing.WAITS, Standing.OUT, Standing.TO_BE_TRIED)
    is_out_of_credit = status.reason == ErrorClass.CREDIT_EXHAUSTED
    return Out(
        name=status.name,
        reason=health.why(status),
        wait=_wait(status),
        href=page,
        calls=calls_link(last="1h", tried=status.name),
        retest=reverse("admin:llm_provider_retest", args=[pk]) if can_help else "",
        reset=reverse("admin:llm_provider_reset", args=[pk]) if can_help else "",
        billing=REFILL_AT.get(status.kind, "")
        if is_out_of_credit and not is_compatible(status.kind, status.model)
        else "",
    )


def _wait(status: ProviderStatus) -> str:
    until = status.override.until if status.override else status.retry_at
    if until is None:
        return ""
    seconds = (until - timezone.now()).total_seconds()
    return hours_in_words(seconds / 3600) if seconds > 0 else ""
