"""The form of a new key: whose it is, what it may spend and ask, until when. One page makes all of it."""

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.validators import MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from llm.models import Budget, Consumer, ConsumerKey, Limit
from llm.models.consumer import validate_consumer_name
from llm.models.rights import KEY_BOUNDS
from llm.services.access.rights import may_issue_key

LIMITS = ("requests_per_minute", "tokens_per_minute", "at_once")
MONEY = ("budget_usd", "budget_span", "budget_soft")


def _number(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=1, widget=UnfoldAdminIntegerFieldWidget)


class NewKeyForm(forms.ModelForm):
    """A key for a user, a consumer, or a new consumer, with a budget and limits of its own."""

    new_consumer = forms.CharField(
        label=_("New consumer"),
        required=False,
        max_length=150,
        validators=[validate_consumer_name],
        widget=UnfoldAdminTextInputWidget,
        help_text=_("A name for a person or program that has no key yet."),
    )
    budget_usd = forms.DecimalField(
        label=_("Budget, USD"),
        required=False,
        max_digits=14,
        decimal_places=6,
        validators=[MinValueValidator(0)],
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
    )
    budget_span = forms.ChoiceField(
        label=_("Budget for"),
        required=False,
        choices=[(Budget.Span.DAY.value, _("a day")), (Budget.Span.MONTH.value, _("a month"))],
        initial=Budget.Span.MONTH.value,
        widget=UnfoldAdminRadioSelectWidget,
    )
    budget_soft = forms.BooleanField(
        label=_("Only tell operators at 80 and 100 %"), required=False, widget=UnfoldBooleanSwitchWidget
    )
    requests_per_minute = _number(_("Requests a minute"))
    tokens_per_minute = _number(_("Tokens a minute"))
    at_once = _number(_("Calls at once"))

    class Meta:
        model = ConsumerKey
        fields = ("user", "consumer", "name", "expires_at", *KEY_BOUNDS)

    maker: Any = None
    """The user at the screen."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"user", "consumer", "new_consumer"} & set(self.errors):
            return cleaned
        owner, consumer, new = cleaned.get("user"), cleaned.get("consumer"), cleaned.get("new_consumer")
        if sum(map(bool, (owner, consumer, new))) != 1:
            self.add_error("user", _("Choose a user, a consumer, or name a new consumer."))
        elif new:
            users = get_user_model().objects
            if Consumer.objects.filter(name=new).exists() or users.filter(username=new).exists():
                self.add_error("new_consumer", _("This name exists: choose it above, or take another one."))
        elif (holder := owner or (consumer and consumer.user)) and not may_issue_key(self.maker, holder):
            fault = _("A key has its user's rights: only superusers make keys for other staff.")
            self.add_error("user" if owner else "consumer", fault)
        return cleaned

    def clean_expires_at(self) -> Any:
        at = self.cleaned_data["expires_at"]
        if at is not None and at <= timezone.now():
            raise forms.ValidationError(_("This time has passed."))
        return at

    def make_consumer(self) -> Consumer | None:
        """The new consumer, with a user of its name and no password; None when none is named."""
        name = self.cleaned_data.get("new_consumer")
        if not name:
            return None
        return Consumer.objects.create(name=name, user=get_user_model().objects.create_user(name))

    def bound(self, key: ConsumerKey) -> None:
        """Makes the key's budget and limit, as far as they are given."""
        given = self.cleaned_data
        of_key = {"name": f"key-{key.prefix}", "scope": Budget.ScopeKind.KEY, "target": str(key.pk)}
        if given.get("budget_usd") is not None:
            span, soft = given["budget_span"] or Budget.Span.MONTH, given["budget_soft"]
            Budget.objects.create(**of_key, usd=given["budget_usd"], span=span, soft=soft)
        limits = {name: given[name] for name in LIMITS if given.get(name)}
        if limits:
            Limit.objects.create(**of_key, **limits)
