"""Tables of the configuration: providers, routes, static texts, and the version that workers poll."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from llm.core.routing.strategies.strategy import Strategy
from llm.ids import uuid7
from llm.kinds import capabilities_of, kind_choices
from llm.models.validators import validate_base_url, validate_key_variable


class Provider(models.Model):
    """A vendor account with kind, model, key and address.

    The key is either named (`api_key_env`: an environment variable) or stored encrypted; no page
    shows it. `synced` holds the environment's values at the last sync. By them `llm_providers sync`
    distinguishes an operator's edit from an old default.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.SlugField(max_length=64, unique=True, help_text="As callers and records name it: claude.")
    kind = models.CharField(max_length=32, choices=kind_choices, help_text="Whose protocol it speaks.")
    model = models.CharField(max_length=128, help_text="The vendor's model id.")
    base_url = models.CharField(
        "base URL",
        max_length=500,
        blank=True,
        validators=[validate_base_url],
        help_text="Empty: the vendor's own address.",
    )
    api_key_env = models.CharField(
        "key from variable",
        max_length=64,
        blank=True,
        validators=[validate_key_variable],
        help_text="Name of the environment variable that holds the key.",
    )
    api_key_encrypted = models.TextField(blank=True, editable=False)
    enabled = models.BooleanField(default=True)
    priority = models.PositiveIntegerField(default=100, db_index=True, help_text="Lower is asked first.")
    weight = models.PositiveIntegerField(
        default=1, validators=[MinValueValidator(1)], help_text="Share of traffic among providers of one priority."
    )
    supports = models.JSONField(
        default=list, blank=True, help_text="Capabilities, where they differ from the kind's own."
    )
    context_window = models.PositiveIntegerField(
        null=True, blank=True, help_text="Tokens; empty: as the price list says."
    )
    max_tokens = models.PositiveIntegerField(
        default=1024, validators=[MinValueValidator(1)], help_text="Answer length when the caller names none."
    )
    attempt_timeout_s = models.FloatField(
        default=30, validators=[MinValueValidator(0.1), MaxValueValidator(600)], help_text="Seconds for one attempt."
    )
    gemini_sdk = models.CharField(
        max_length=16,
        blank=True,
        choices=[("genai", "google-genai"), ("generativeai", "google-generativeai")],
        help_text="Gemini only; empty: as GEMINI_SDK says.",
    )
    account = models.SlugField(
        max_length=64,
        blank=True,
        help_text="The vendor account whose money it spends, where several providers share one; empty: its own. What "
        "ends an account parks all of its providers.",
    )
    project = models.SlugField(
        max_length=64,
        blank=True,
        help_text="The project or workspace of the account, where several keys are of one: its limits and blocks are "
        "shared.",
    )
    upstream = models.SlugField(
        max_length=64,
        blank=True,
        help_text="What several vendors lead to, such as one host of a model: its refusals for too many requests are "
        "shared.",
    )
    vendor = models.SlugField(
        max_length=32,
        blank=True,
        help_text="Its row in the catalogue of vendors; empty: by its address. Kind openai differs by it.",
    )
    synced = models.JSONField(default=dict, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["priority", "name"]
        permissions = [
            ("operate_provider", "Can test, reset, control and probe providers"),
            ("try_provider", "Can ask providers in the playground"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def wallet(self) -> str:
        """The account whose money it spends."""
        return self.account or self.name

    @property
    def capabilities(self) -> list[str]:
        """The provider's capabilities: its own list, else those of its kind and model."""
        return list(self.supports) or [str(capability) for capability in capabilities_of(self.kind, self.model)]


def _weight(name: Any, default: float) -> Any:
    """A part of the balanced score."""
    return models.FloatField(
        name,
        default=default,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text=_("How much it counts in the balanced score; 0 leaves it out."),
    )


STRATEGIES = [
    (Strategy.PRIORITY.value, _("priority: in the route's order")),
    (Strategy.WEIGHTED.value, _("weighted: all share by weight")),
    (Strategy.CAPACITY.value, _("capacity: all share by what is left of their limits")),
    (Strategy.COST.value, _("cost: the lowest expected price")),
    (Strategy.LATENCY.value, _("latency: the sooner first token")),
    (Strategy.BALANCED.value, _("balanced: the highest score, by the weights below")),
]
NO_WEIGHT = _("At least one weight of a balanced route must be above 0.")


class Route(models.Model):
    """A named set of providers: how it chooses among them, with limits for its calls."""

    WEIGHTS = ("weight_capacity", "weight_cost", "weight_latency", "weight_priority")

    class OnRefusal(models.TextChoices):
        STOP = "stop", "stop"
        NEXT = "next", "ask the next provider"

    class StreamMode(models.TextChoices):
        LIVE = "live", "live"
        BUFFERED = "buffered", "held back until it is whole"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.SlugField(max_length=64, unique=True)
    description = models.CharField(max_length=200, blank=True)
    on_refusal = models.CharField(max_length=8, choices=OnRefusal, default=OnRefusal.STOP)
    deadline_s = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0.5), MaxValueValidator(600)],
        help_text="Seconds for the whole chain; empty: LLM_DEADLINE_S.",
    )
    stream_mode = models.CharField(
        max_length=8,
        choices=StreamMode,
        default=StreamMode.LIVE,
        help_text="Live: the next provider goes on with a stream that breaks. Buffered: it tells the answer anew, "
        "and the caller sees it when it is whole.",
    )
    live_tool_calls = models.BooleanField(
        default=False,
        help_text="Sends tool calls in pieces. Otherwise each goes out whole, and a stream that breaks inside one "
        "starts again at the next provider.",
    )
    max_wait_s = models.FloatField(
        default=2,
        validators=[MinValueValidator(0), MaxValueValidator(60)],
        help_text="Longest Retry-After to wait out.",
    )
    strategy = models.CharField(
        _("strategy"),
        max_length=8,
        choices=STRATEGIES,
        default=Strategy.PRIORITY.value,
        help_text=_("How the route chooses among the providers that may take a call."),
    )
    weight_capacity = _weight(_("weight of capacity"), 1)
    weight_cost = _weight(_("weight of cost"), 1)
    weight_latency = _weight(_("weight of latency"), 1)
    weight_priority = _weight(_("weight of priority"), 0)
    sticky = models.BooleanField(
        _("keep dialogues together"),
        default=False,
        help_text=_("A dialogue stays with the provider that has its beginning in its prompt cache."),
    )
    hedge = models.BooleanField(
        default=False,
        verbose_name=_("hedge on the first token"),
        help_text=_(
            "Asks the next provider too when the first has been silent for longer than usual. The first "
            "to speak is kept; the other is cancelled and billed."
        ),
    )
    hedge_cap_percent = models.FloatField(
        default=2,
        validators=[MinValueValidator(0.1), MaxValueValidator(100)],
        verbose_name=_("cap of hedging, in per cent"),
        help_text=_("Hedging may add so many per cent to what the route's calls cost."),
    )
    standby_below_percent = models.FloatField(
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        verbose_name=_("standby below, in per cent"),
        help_text=_("Standby providers join when all others have had less of their limits left for two minutes."),
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raises ValidationError for a balanced route whose weights are all 0."""
        if self.strategy == Strategy.BALANCED and not any(getattr(self, name) for name in self.WEIGHTS):
            raise ValidationError({"weight_capacity": NO_WEIGHT})


class RouteEntry(models.Model):
    """A provider's place in a route. A route without entries uses all providers by their own priority."""

    route = models.ForeignKey(Route, on_delete=models.CASCADE, related_name="entries")
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="entries")
    priority = models.PositiveIntegerField(default=100)
    weight = models.PositiveIntegerField(default=1, validators=[MinValueValidator(1)])
    standby = models.BooleanField(
        default=False,
        verbose_name=_("standby"),
        help_text=_("Takes calls only while the others have little left."),
    )
    standby_usd_per_day = models.DecimalField(
        null=True,
        blank=True,
        max_digits=12,
        decimal_places=2,
        validators=[MinValueValidator(0)],
        verbose_name=_("standby cap"),
        help_text=_("US dollars a day (UTC) at which a standby provider leaves; empty: no cap."),
    )

    class Meta:
        ordering = ["priority"]
        constraints = [models.UniqueConstraint(fields=["route", "provider"], name="one_entry_per_route_and_provider")]

    def __str__(self) -> str:
        return f"{self.route} / {self.provider}"


class RouteStandby(models.Model):
    """The state of a standby provider in its route, as the worker's last look left it. Times as in
    `llm.core.routing.standby.Standby`."""

    entry = models.OneToOneField(RouteEntry, on_delete=models.CASCADE, related_name="standby_state")
    joined_at = models.DateTimeField(null=True)
    since = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.entry}: {'joined' if self.joined_at else 'stands by'}"


class StaticText(models.Model):
    """The static answer of a route in a language. For suggestions, each line is one suggestion."""

    route = models.CharField(max_length=64)
    language = models.CharField(max_length=2, choices=[("fr", "français"), ("en", "English")])
    text = models.TextField()

    class Meta:
        ordering = ["route", "language"]
        constraints = [models.UniqueConstraint(fields=["route", "language"], name="one_static_text_per_route_language")]

    def __str__(self) -> str:
        return f"{self.route} ({self.language})"


class ConfigVersion(models.Model):
    """One row with a number that each change of configuration increments. Workers poll it."""

    number = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)
