"""Tables of limits and budgets, and of what is spent and leased of them."""

from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from llm.ids import uuid7


def validate_zone(value: str) -> None:
    """Raises ValidationError for what is no name of the tz database."""
    if value not in available_timezones():
        raise ValidationError(_("Unknown time zone, such as Europe/Paris."), code="zone")


class Scoped(models.Model):
    """What limits and budgets share. The scope is named by words, so that it outlives what it names."""

    class ScopeKind(models.TextChoices):
        ALL = "all", _("everything")
        TEAM = "team", _("team")
        CONSUMER = "consumer", _("consumer")
        KEY = "key", _("key")
        TAG = "tag", _("tag")
        ROUTE = "route", _("route")
        PROVIDER = "provider", _("provider")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.SlugField(max_length=64, unique=True)
    scope = models.CharField(_("scope"), max_length=16, choices=ScopeKind, default=ScopeKind.ALL)
    target = models.CharField(
        _("of"),
        max_length=200,
        blank=True,
        help_text=_("Name of the team, consumer, tag, route or provider; id of a key."),
    )
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if (self.scope == self.ScopeKind.ALL) != (not self.target):
            raise ValidationError({"target": _("A name is needed, except for everything.")})


class Limit(Scoped):
    """How much may be asked in a minute and at once. Sliding minutes, shared by all workers."""

    requests_per_minute = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    tokens_per_minute = models.PositiveBigIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    at_once = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])

    def clean(self) -> None:
        super().clean()
        if not (self.requests_per_minute or self.tokens_per_minute or self.at_once):
            raise ValidationError({"requests_per_minute": _("Give at least one of the three limits.")})


class Budget(Scoped):
    """How much may be spent in a window: dollars or tokens. It counts from its creation on."""

    class Span(models.TextChoices):
        DAY = "day", _("a day")
        WEEK = "week", _("a week")
        MONTH = "month", _("a month")
        ROLLING = "rolling", _("the last hours")
        TOTAL = "total", _("in all")

    class AtLimit(models.TextChoices):
        REFUSE = "refuse", _("refuse")
        ROUTE = "route", _("a cheaper route")
        STATIC = "static", _("static answer")

    class Unpriced(models.TextChoices):
        REFUSE = "refuse", _("not asked")
        BOUND = "bound", _("charged a price of yours")

    usd = models.DecimalField(
        "USD", max_digits=14, decimal_places=6, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    tokens = models.PositiveBigIntegerField(null=True, blank=True)
    span = models.CharField(_("window"), max_length=8, choices=Span, default=Span.MONTH)
    rolling_hours = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(24 * 366)]
    )
    zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[validate_zone])
    at_limit = models.CharField(_("at the limit"), max_length=8, choices=AtLimit, default=AtLimit.REFUSE)
    cheaper_route = models.SlugField(_("cheaper route"), max_length=64, blank=True)
    soft = models.BooleanField(_("only tell"), default=False, help_text=_("Operators are told; no call is stopped."))
    unpriced = models.CharField(_("models without a price"), max_length=8, choices=Unpriced, default=Unpriced.REFUSE)
    unpriced_usd = models.DecimalField(
        _("price of a million tokens"),
        max_digits=14,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("USD, for models without a known price."),
    )

    def clean(self) -> None:
        super().clean()
        faults: dict[str, object] = {}
        if (self.usd is None) == (self.tokens is None):
            faults["usd"] = _("Give an amount of dollars or of tokens, not both.")
        if (self.span == self.Span.ROLLING) != bool(self.rolling_hours):
            faults["rolling_hours"] = _("Hours are needed for the last hours, and for no other window.")
        if (self.at_limit == self.AtLimit.ROUTE) != bool(self.cheaper_route):
            faults["cheaper_route"] = _("A route is needed for a cheaper route, and for nothing else.")
        if (self.unpriced == self.Unpriced.BOUND) != (self.unpriced_usd is not None):
            faults["unpriced_usd"] = _("A price is needed for models that you price, and for nothing else.")
        if faults:
            raise ValidationError(faults)


class LedgerSlot(models.Model):
    """What an account has spent in one slot of its window. The writer of call records adds to it."""

    account = models.CharField(max_length=64)
    slot = models.BigIntegerField()
    spent = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "slot"], name="one_ledger_slot")]

    def __str__(self) -> str:
        return f"{self.account} {self.slot}: {self.spent}"


class LedgerLease(models.Model):
    """What a worker has leased of an account in the window that begins at `slot`. `expires_at` is Unix seconds."""

    account = models.CharField(max_length=64)
    slot = models.BigIntegerField()
    holder = models.CharField(max_length=36)
    amount = models.BigIntegerField(default=0)
    expires_at = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "slot", "holder"], name="one_ledger_lease")]

    def __str__(self) -> str:
        return f"{self.account} {self.holder}: {self.amount}"


class LedgerBooking(models.Model):
    """What a call was charged on an account: a record that is stored again is charged the difference only."""

    call_id = models.UUIDField()
    account = models.CharField(max_length=64)
    slot = models.BigIntegerField()
    amount = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call_id", "account"], name="one_ledger_booking")]

    def __str__(self) -> str:
        return f"{self.account} {self.call_id}: {self.amount}"
