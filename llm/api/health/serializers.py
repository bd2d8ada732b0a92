"""For the schema: the answers about health, status and tests."""

from rest_framework import serializers

from llm.api.wallets.serializers import StatusWalletSerializer
from llm.core.calls import Hold
from llm.core.circuit.override import Mode
from llm.core.routing.standing import Standing

STATES = ["closed", "open", "half_open", "disabled"]
HIDDEN = "Null for callers other than operators."
OVERALL = ["healthy", "degraded", "unavailable"]


class HealthSerializer(serializers.Serializer):
    """The answer of /api/llm/health."""

    status = serializers.ChoiceField(choices=OVERALL)
    active_providers = serializers.IntegerField()
    total_providers = serializers.IntegerField()


class ReadySerializer(serializers.Serializer):
    """The answer of /readyz."""

    status = serializers.CharField()
    checks = serializers.DictField(child=serializers.CharField(), help_text="Condition -> ok, or what is missing.")
    warnings = serializers.ListField(
        child=serializers.CharField(), help_text="The conditions that are not met and do not make it 503."
    )


class WindowSerializer(serializers.Serializer):
    """The window of the success rate."""

    seconds = serializers.FloatField()
    calls = serializers.IntegerField()
    failures = serializers.IntegerField()


class LatencySerializer(serializers.Serializer):
    """Milliseconds of answered attempts."""

    p50 = serializers.FloatField(allow_null=True)
    p95 = serializers.FloatField(allow_null=True)


def _vendor_error(*, dated: bool) -> dict[str, serializers.Field]:
    """`class` is a reserved word, so these fields cannot be attributes of a class."""
    fields: dict[str, serializers.Field] = {
        "class": serializers.CharField(),
        "http_status": serializers.IntegerField(allow_null=True),
        "message": serializers.CharField(allow_null=True, help_text=f"The vendor's words. {HIDDEN}"),
    }
    return {**fields, "at": serializers.DateTimeField()} if dated else fields


class LastErrorSerializer(serializers.Serializer):
    """A provider's last failure."""

    def get_fields(self) -> dict[str, serializers.Field]:
        return _vendor_error(dated=True)


class OverrideSerializer(serializers.Serializer):
    """An operator's override of a circuit."""

    mode = serializers.ChoiceField(choices=[str(mode) for mode in Mode])
    reason = serializers.CharField()
    by = serializers.CharField()
    at = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True, help_text="Null: until it is released.")


class ProviderStatusSerializer(serializers.Serializer):
    """One provider, live. Callers other than operators see `CONSUMER_FIELDS`; the other fields are null."""

    name = serializers.CharField()
    kind = serializers.CharField(allow_null=True, help_text=HIDDEN)
    model = serializers.CharField()
    priority = serializers.IntegerField(allow_null=True, help_text=HIDDEN)
    enabled = serializers.BooleanField(allow_null=True, help_text=HIDDEN)
    state = serializers.ChoiceField(choices=STATES)
    standing = serializers.ChoiceField(
        choices=[str(standing) for standing in Standing],
        allow_null=True,
        help_text=f"`answers` only after an answer; `to_be_tried` without one, or when a wait is merely over. {HIDDEN}",
    )
    available = serializers.BooleanField(help_text="Whether calls go there. A circuit on trial is not available.")
    reason = serializers.CharField(allow_null=True, help_text="An error class, or why an operator keeps it out.")
    detail = serializers.CharField(allow_null=True, help_text=HIDDEN)
    since = serializers.DateTimeField(allow_null=True, help_text=HIDDEN)
    retry_at = serializers.DateTimeField(allow_null=True)
    success_rate = serializers.FloatField(allow_null=True, help_text=f"0 to 1, over the window. {HIDDEN}")
    window = WindowSerializer(allow_null=True, help_text=HIDDEN)
    consecutive_failures = serializers.IntegerField(allow_null=True, help_text=HIDDEN)
    latency_ms = LatencySerializer(allow_null=True, help_text=HIDDEN)
    last_success_at = serializers.DateTimeField(allow_null=True, help_text=HIDDEN)
    last_error = LastErrorSerializer(allow_null=True, help_text=HIDDEN)
    wallet = StatusWalletSerializer(
        allow_null=True, help_text=f"The money that it spends; the right to view wallets shows it. {HIDDEN}"
    )
    override = OverrideSerializer(allow_null=True, help_text=HIDDEN)


class StatusSerializer(serializers.Serializer):
    """The answer of /api/llm/status."""

    status = serializers.ChoiceField(choices=OVERALL)
    providers = ProviderStatusSerializer(many=True)
    chain = serializers.ListField(child=serializers.CharField(), help_text="The order of asking; the last is static.")
    alone_since = serializers.DateTimeField(
        allow_null=True,
        help_text="Since when this worker uses its local state, because the shared circuit store is unreachable. "
        + HIDDEN,
    )
    records_held_by = serializers.ChoiceField(
        choices=[str(hold) for hold in Hold],
        allow_null=True,
        help_text="What holds a call's record when its answer goes out. `memory`: a kill of this worker loses records. "
        + HIDDEN,
    )


class TestErrorSerializer(serializers.Serializer):
    """Why a test call failed."""

    __test__ = False  # no test case

    def get_fields(self) -> dict[str, serializers.Field]:
        return _vendor_error(dated=False)


class TestResultSerializer(serializers.Serializer):
    """The result of the test at one provider."""

    __test__ = False  # no test case
    provider = serializers.CharField()
    ok = serializers.BooleanField()
    latency_ms = serializers.FloatField(allow_null=True)
    model = serializers.CharField()
    text = serializers.CharField()
    usage = serializers.DictField(child=serializers.IntegerField(), allow_null=True)
    error = TestErrorSerializer(allow_null=True)


class TestResultsSerializer(serializers.Serializer):
    """The answer of /api/llm/test."""

    __test__ = False  # no test case
    results = TestResultSerializer(many=True)
