"""The page on which a provider is taken out of service, or put under another override: it asks before it acts."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextInputWidget

from llm.admin import formatting
from llm.admin.providers.buttons import username
from llm.core.circuit.override import Action
from llm.core.exceptions import LLMError
from llm.services.control import MAX_REASON, Left, apply_action

ACTIONS: tuple[tuple[Action, Promise], ...] = (
    (Action.DRAIN, gettext_lazy("drain: no new calls")),
    (Action.DISABLE, gettext_lazy("disable: out of service")),
    (Action.FORCE_OPEN, gettext_lazy("force open: no calls, as after failures")),
    (Action.FORCE_CLOSED, gettext_lazy("force closed: calls whatever its circuit says")),
)
UNTIL_DATE, UNTIL_RELEASED = "date", "released"
ENDS: tuple[tuple[str, Promise], ...] = (
    (str(30 * 60), gettext_lazy("30 minutes")),
    (str(3600), gettext_lazy("1 hour")),
    (str(2 * 3600), gettext_lazy("2 hours")),
    (str(4 * 3600), gettext_lazy("4 hours")),
    (str(8 * 3600), gettext_lazy("8 hours")),
    (str(24 * 3600), gettext_lazy("24 hours")),
    (UNTIL_DATE, gettext_lazy("until a date")),
    (UNTIL_RELEASED, gettext_lazy("until released")),
)


class ControlForm(forms.Form):
    """What to do, until when, and why: nothing is chosen beforehand. The last provider's name has to be typed."""

    use_required_attribute = False
    action = forms.ChoiceField(
        label=gettext_lazy("Action"),
        choices=[(str(action), label) for action, label in ACTIONS],
        widget=UnfoldAdminRadioSelectWidget,
    )
    end = forms.ChoiceField(label=gettext_lazy("For"), choices=ENDS, widget=UnfoldAdminRadioSelectWidget)
    until = forms.DateTimeField(
        label=gettext_lazy("Date and time of the end, in your time zone"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
        help_text=gettext_lazy("For “until a date” only."),
    )
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=MAX_REASON, widget=UnfoldAdminTextInputWidget)
    confirm = forms.CharField(
        label=gettext_lazy("Type its name to confirm"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )

    def __init__(self, data: Any = None, *, name: str, left: Left) -> None:
        super().__init__(data, auto_id="control_%s")
        self.name = name
        self.left = left
        if not left.is_last:
            del self.fields["confirm"]

    def clean_until(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["until"]
        if at is not None and at <= timezone.now():
            raise forms.ValidationError(_("This time has passed."))
        return at and at.astimezone(UTC)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("end") == UNTIL_DATE and not cleaned.get("until") and "until" not in self.errors:
            self.add_error("until", _("Give the date and the time."))
        keeps_out = cleaned.get("action") not in (None, str(Action.FORCE_CLOSED))
        if self.left.is_last and keeps_out and cleaned.get("confirm") != self.name:
            self.add_error("confirm", _("No other provider would answer: type %(name)s.") % {"name": self.name})
        return cleaned

    def ends_at(self) -> datetime | None:
        """The end of the override; None until it is released."""
        end: str = self.cleaned_data["end"]
        if end == UNTIL_DATE:
            return self.cleaned_data["until"]
        return None if end == UNTIL_RELEASED else timezone.now() + timedelta(seconds=int(end))


def apply(request: HttpRequest, form: ControlForm) -> None:
    """Applies a valid form, and shows the provider's status after it."""
    action = Action(form.cleaned_data["action"])
    try:
        status = apply_action(
            form.name, action, reason=form.cleaned_data["reason"], until=form.ends_at(), by=username(request.user)
        )
    except LLMError as error:
        messages.error(request, str(error))
        return
    outcome = status.override.sentence if status.override else _("released; its circuit decides")
    messages.success(request, formatting.pair(form.name, f"{outcome}."))
