"""The settings of the pages of spending and latency, as they stand in the address."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from llm.admin.console.address_form import AddressForm, MomentField
from llm.admin.console.usage.groups import GROUPINGS
from llm.admin.console.usage.metrics import METRICS
from llm.admin.console.usage.period import LONGEST, PERIODS, Period, named_period, period_of
from llm.services.analytics.question import Grouping, Question, filters_of

DEFAULT_PERIOD = "7d"


class PeriodForm(AddressForm):
    """A named period, or from and to."""

    default_period = DEFAULT_PERIOD

    period = forms.ChoiceField(required=False, label=_("Period"), choices=list(PERIODS.items()))
    since = MomentField(label=_("From"))
    until = MomentField(label=_("To"))

    def defaults(self, given: dict[str, Any]) -> dict[str, Any]:
        return {} if given["since"] or given["until"] else {"period": self.default_period}

    def clean(self) -> dict[str, Any]:
        asked = super().clean() or {}
        since, until = asked.get("since"), asked.get("until") or timezone.now()
        if since is not None and not (timedelta() < until - since <= LONGEST):
            self.add_error("since", _("From must lie before To, by a year at most."))
        if since is None and asked.get("until") is not None:
            self.add_error("since", _("To needs From."))
        return asked

    def chosen(self) -> Period:
        """The period of a valid form."""
        now: datetime = timezone.now()
        if self.cleaned_data["since"]:
            return period_of(self.cleaned_data["since"], self.cleaned_data["until"] or now)
        return named_period(self.cleaned_data["period"] or self.default_period, now)


ONLY = {"consumer": "key", "key_id": "key_id", "team": "team", "route": "route", "provider": "provider"}
"""Of whom alone: the parameter, which the list of calls shares -> the filter of analytics."""


def _only() -> forms.CharField:
    return forms.CharField(required=False, widget=forms.HiddenInput, max_length=200)


class SpendForm(PeriodForm):
    consumer, key_id, team, route, provider = _only(), _only(), _only(), _only(), _only()
    metric = forms.ChoiceField(
        required=False, label=_("Metric"), choices=lambda: [(name, metric.label) for name, metric in METRICS.items()]
    )
    by = forms.ChoiceField(required=False, label=_("By"), choices=list(GROUPINGS.items()))
    then = forms.ChoiceField(required=False, label=_("Then by"), choices=[("", _("nothing more")), *GROUPINGS.items()])

    def defaults(self, given: dict[str, Any]) -> dict[str, Any]:
        return {**super().defaults(given), "metric": "spend", "by": Grouping.MODEL.value}

    def clean(self) -> dict[str, Any]:
        asked = super().clean()
        if asked.get("then") and asked["then"] == asked.get("by"):
            asked["then"] = ""
        if not self.errors and self.question().cube is None:
            self.add_error("then", _("No sums are kept by these two together."))
        return asked

    @property
    def groupings(self) -> tuple[Grouping, ...]:
        return tuple(Grouping(self.cleaned_data[name]) for name in ("by", "then") if self.cleaned_data.get(name))

    @property
    def only(self) -> dict[str, str]:
        """Those of ONLY that the address names."""
        return {name: self.cleaned_data[name] for name in ONLY if self.cleaned_data.get(name)}

    def question(self) -> Question:
        period = self.chosen()
        return Question(
            start=period.start,
            end=period.end,
            zone=timezone.get_current_timezone(),
            group_by=(*self.groupings, period.interval),
            filters=filters_of({ONLY[name]: value for name, value in self.only.items()}),
        )
