"""The form on a provider's page that overrides or releases it."""

from collections.abc import Sequence
from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from llm.admin.providers.retest_and_reset import username
from llm.core.circuit.override import Action
from llm.core.exceptions import LLMError
from llm.services.control import MAX_REASON, apply_action

ACTIONS: tuple[tuple[Action, Promise], ...] = (
    (Action.DRAIN, gettext_lazy("drain: no new calls")),
    (Action.DISABLE, gettext_lazy("disable: out of service")),
    (Action.FORCE_OPEN, gettext_lazy("force open: no calls, as after failures")),
    (Action.FORCE_CLOSED, gettext_lazy("force closed: calls whatever its circuit says")),
    (Action.RELEASE, gettext_lazy("release: its circuit decides again")),
)
PERIODS: tuple[tuple[int, Promise], ...] = (
    (0, gettext_lazy("until released")),
    (15 * 60, gettext_lazy("15 minutes")),
    (3600, gettext_lazy("1 hour")),
    (4 * 3600, gettext_lazy("4 hours")),
    (24 * 3600, gettext_lazy("24 hours")),
)


class ControlForm(forms.Form):
    """Action, duration and reason. A form of its own, beside the provider's."""

    use_required_attribute = False
    action = forms.ChoiceField(
        label=gettext_lazy("Action"),
        choices=[(str(action), label) for action, label in ACTIONS],
        widget=UnfoldAdminSelectWidget,
    )
    seconds = forms.TypedChoiceField(
        label=gettext_lazy("For"),
        choices=[(str(seconds), label) for seconds, label in PERIODS],
        coerce=int,
        widget=UnfoldAdminSelectWidget,
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"), required=False, max_length=MAX_REASON, widget=UnfoldAdminTextInputWidget
    )


def control(request: HttpRequest, names: Sequence[str]) -> None:
    """Applies the posted form to each provider and shows its status after it."""
    form = ControlForm(request.POST)
    if not form.is_valid():
        for field, errors in form.errors.items():
            messages.error(request, f"{field}: {' '.join(str(error) for error in errors)}")
        return
    action, seconds = Action(form.cleaned_data["action"]), form.cleaned_data["seconds"]
    until = timezone.now() + timedelta(seconds=seconds) if seconds and action.lasts else None
    for name in names:
        try:
            status = apply_action(
                name, action, reason=form.cleaned_data["reason"], until=until, by=username(request.user)
            )
        except LLMError as error:
            messages.error(request, str(error))
            continue
        outcome = status.override.sentence if status.override else _("released; its circuit decides")
        messages.success(request, f"{name}: {outcome}.")
