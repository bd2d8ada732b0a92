"""The filters of the list of calls, as they stand in its address."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from llm.admin import choices, formatting
from llm.admin.console.address_form import AddressForm, MomentField
from llm.admin.console.links import CALLERS
from llm.core.calls import CallStatus
from llm.services.analytics.quarters import QUARTER
from llm.services.calls.selection import NOT_ANSWERED, Selection
from llm.stores.config.snapshot import config_store

SPANS: dict[str, tuple[Promise, timedelta | None]] = {
    "15m": (_("15 minutes"), timedelta(minutes=15)),
    "1h": (_("1 hour"), timedelta(hours=1)),
    "24h": (_("24 hours"), timedelta(hours=24)),
    "7d": (_("7 days"), timedelta(days=7)),
    "30d": (_("30 days"), timedelta(days=30)),
    "all": (_("all kept"), None),
}
DEFAULT_SPAN = "24h"
UNANSWERED, WITHDRAWN = "unanswered", "withdrawn"
GROUPS_OF_STATUS: dict[str, tuple[CallStatus, ...]] = {
    UNANSWERED: NOT_ANSWERED,
    WITHDRAWN: (CallStatus.REJECTED, CallStatus.CANCELLED),
}
"""Values of `status` that stand for several."""
BLANK = ("", _("any"))
ALWAYS_SHOWN = ("q", "last", "consumer", "provider", "status")
MOST_SUGGESTED = 200
COLUMNS = ("consumer", "key_id", "team", "route", "model", "provider")


def _or_given(offered: Callable[[], choices.Choices]) -> Callable[[], choices.Choices]:
    return lambda: [BLANK, *offered()]


def _providers() -> choices.Choices:
    return [(name, name) for name in config_store.current_sync().default_order]


def _routes() -> choices.Choices:
    return [(name, name) for name in sorted(config_store.current_sync().routes)]


def suggestions() -> dict[str, list[str]]:
    """Values for the fields that take any text, by field: those in the configuration, MOST_SUGGESTED at most."""
    config = config_store.current_sync()
    models = {each.candidate.model for each in config.providers.values()}
    consumers = {record.consumer or record.username for record in config.keys.values()}
    teams = {record.team for record in config.keys.values() if record.team}
    found = {"model": models, "consumer": consumers, "team": teams}
    return {field: sorted(names)[:MOST_SUGGESTED] for field, names in found.items()}


def _suggested(field: str) -> forms.TextInput:
    return forms.TextInput(attrs={"list": f"djb-{field}", "autocomplete": "off"})


class NamedChoice(forms.ChoiceField):
    """A choice of names that are there now; the log may have others, so every value is taken."""

    def __init__(self, offered: Callable[[], choices.Choices], **kwargs: Any) -> None:
        super().__init__(choices=_or_given(offered), required=False, **kwargs)

    def valid_value(self, value: str) -> bool:
        return True


class CallFilter(AddressForm):
    q = forms.CharField(required=False, label=_("Request id"), max_length=128)
    last = forms.ChoiceField(
        required=False, label=_("Time"), choices=[(code, label) for code, (label, _s) in SPANS.items()]
    )
    consumer = forms.CharField(required=False, label=_("Consumer"), max_length=200, widget=_suggested("consumer"))
    provider = NamedChoice(
        lambda: [*_providers(), ("static", formatting.STATUSES["static"][1])], label=_("Answered by")
    )
    status = forms.ChoiceField(
        required=False,
        label=_("Status"),
        choices=lambda: [
            BLANK,
            *choices.statuses(),
            (UNANSWERED, _("not answered")),
            (WITHDRAWN, _("rejected or cancelled")),
        ],
    )
    since = MomentField(label=_("From"))
    until = MomentField(label=_("To"))
    first = NamedChoice(_providers, label=_("First asked"))
    tried = NamedChoice(_providers, label=_("Asked at all"))
    choice = forms.ChoiceField(
        required=False,
        label=_("Choice"),
        choices=[BLANK, ("first", _("by the first choice")), ("other", _("not by the first choice"))],
    )
    error = forms.ChoiceField(required=False, label=_("Error"), choices=lambda: [BLANK, *choices.error_classes()])
    route = NamedChoice(_routes, label=_("Route"))
    model = forms.CharField(required=False, label=_("Model"), max_length=128, widget=_suggested("model"))
    key_id = forms.CharField(required=False, label=_("Key id"), max_length=36)
    team = forms.CharField(required=False, label=_("Team"), max_length=64, widget=_suggested("team"))
    tag = forms.CharField(required=False, label=_("Tag"), max_length=64)
    slower = forms.FloatField(required=False, label=_("Slower than (ms)"), min_value=0)
    dearer = forms.DecimalField(required=False, label=_("Dearer than (USD)"), min_value=0)
    stream = forms.ChoiceField(required=False, label=_("Streamed"), choices=[BLANK, ("1", _("yes")), ("0", _("no"))])
    origin = forms.ChoiceField(
        required=False,
        label=_("Origin"),
        choices=lambda: [BLANK, (CALLERS, _("without tests and probes")), *choices.origins()],
    )
    unpriced = forms.ChoiceField(required=False, label=_("Price"), choices=[BLANK, ("1", _("unpriced"))])
    quarter = forms.CharField(required=False, widget=forms.HiddenInput, max_length=12)

    def defaults(self, given: dict[str, Any]) -> dict[str, Any]:
        # A request id is looked for in the whole log, and moments say the time themselves.
        is_bounded = any(given[name] for name in ("q", "since", "until", "quarter"))
        return {} if is_bounded else {"last": DEFAULT_SPAN}

    def clean_quarter(self) -> datetime | None:
        if not (text := self.cleaned_data["quarter"]):
            return None
        try:
            return datetime.strptime(text, "%Y%m%d%H%M").replace(tzinfo=UTC)
        except ValueError as error:
            raise forms.ValidationError(_("write it as 202611281115")) from error

    @property
    def set_fields(self) -> list[str]:
        """The fields that narrow the list, apart from its time."""
        return [
            name for name in self.fields if self.data.get(self.add_prefix(name)) and name not in ("last", "quarter")
        ]


def selection_of(form: CallFilter) -> Selection:
    """What a valid form selects."""
    asked = form.cleaned_data
    since, until = _times(asked)
    columns: dict[str, Any] = {name: asked[name] for name in COLUMNS if asked[name]}
    if asked["status"]:
        columns["status__in"] = GROUPS_OF_STATUS.get(asked["status"], (asked["status"],))
    if asked["stream"]:
        columns["stream"] = asked["stream"] == "1"
    if asked["origin"] and asked["origin"] != CALLERS:
        columns["origin"] = asked["origin"]
    return Selection(
        since=since,
        until=until,
        columns=columns,
        tag=asked["tag"],
        first=asked["first"],
        tried=asked["tried"],
        error=asked["error"],
        slower_ms=asked["slower"],
        dearer_usd=asked["dearer"],
        by_first_choice={"first": True, "other": False}.get(asked["choice"]),
        without_tests=asked["origin"] == CALLERS,
        unpriced=asked["unpriced"] == "1",
        request_id=asked["q"].strip(),
    )


def _times(asked: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    if asked["quarter"]:
        return asked["quarter"], asked["quarter"] + QUARTER
    if asked["since"] or asked["until"]:
        return asked["since"], asked["until"]
    span = SPANS[asked["last"]][1] if asked["last"] else None
    return (timezone.now() - span if span else None), None
