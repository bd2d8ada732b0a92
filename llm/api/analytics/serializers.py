"""The analytics as JSON, and their query parameters."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from rest_framework import serializers

from llm.core.calls import CallStatus
from llm.core.usage.periods import whole_hours
from llm.services.analytics.figures import USUAL, Field
from llm.services.analytics.question import FILTERS, INTERVALS, MOST_GROUPINGS, NOTHING, Grouping, Question, filters_of
from llm.stores.usage.state import own_zone
from web.serializers import StrictSerializer

DEFAULT_PERIOD = timedelta(hours=24)
LONGEST_BY_HOUR = timedelta(days=62)
"""1,488 groups, a size that charts and readers of JSON still handle."""
MOST_GROUPS = 1000
MOST_SHOWN = 1500
"""About how many groups an answer has that was asked for no limit: about 700 kB. The export has all."""
NOT_BEFORE = "Must be before to."
TOO_EARLY = "This date is too early."
TOO_LONG = f"By hour at most {LONGEST_BY_HOUR.days} days are given."
NO_GROUPING = f"Must be up to {MOST_GROUPINGS} different ones of …"
NO_FIELDS = "Must be some of …"
NO_ZONE = "Unknown time zone."
UNEVEN_ZONE = "Only zones that are whole hours from UTC."
NO_SUMS = "No sums are kept for this: key and team go with one other dimension, or with status and error_class."
NOTHING_TO_LIMIT = "Needs a group_by other than an interval."


class AnalyticsQuerySerializer(StrictSerializer):
    """Query parameters of the analytics. Times are ISO 8601, in UTC unless they say otherwise."""

    group_by = serializers.CharField(
        required=False,
        max_length=64,
        help_text="One or two, with a comma between: " + ", ".join(Grouping) + ".",
    )
    time_zone = serializers.CharField(
        required=False, max_length=64, help_text="Of days and months. Default: LLM_TIME_ZONE."
    )
    limit = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_GROUPS,
        help_text="Give this many groups, those with the most calls, and a group of the others.",
    )
    fields = serializers.CharField(  # type: ignore[assignment]  # the serializer's own `fields` is set per instance
        required=False,
        max_length=256,
        help_text=f"Give these figures alone, with commas between: {', '.join(Field)}. Default: all but cost_parts.",
    )
    compare = serializers.ChoiceField(
        choices=["previous"], required=False, help_text="`previous`: also the period of the same length before."
    )
    include = serializers.ChoiceField(choices=["test"], required=False, help_text="`test`: count tests and probes too.")
    provider = serializers.CharField(required=False, max_length=64, help_text=f"Only this one; {NOTHING}: no answer.")
    model = serializers.CharField(required=False, max_length=128, help_text="Only this one.")
    route = serializers.CharField(required=False, max_length=64, help_text="Only this one.")
    key = serializers.CharField(
        required=False, max_length=200, help_text=f"Only this key, by name; {NOTHING}: calls of nobody."
    )
    key_id = serializers.CharField(
        required=False, max_length=36, help_text=f"Only this key, by id; {NOTHING}: calls without a key."
    )
    team = serializers.CharField(required=False, max_length=64, help_text=f"Only this one; {NOTHING}: of no team.")
    status = serializers.ChoiceField(choices=[str(status) for status in CallStatus], required=False)
    error_class = serializers.CharField(required=False, max_length=32, help_text=f"Only this one; {NOTHING}: no error.")

    def get_fields(self) -> dict[str, serializers.Field]:
        # "from" is a reserved word, so it cannot be an attribute of the class.
        period: dict[str, serializers.Field] = {
            "from": serializers.DateTimeField(
                required=False, default_timezone=UTC, help_text="Default: 24 h before to."
            ),
            "to": serializers.DateTimeField(required=False, default_timezone=UTC, help_text="Default: now."),
        }
        return {**period, **super().get_fields()}

    def validate_group_by(self, text: str) -> tuple[Grouping, ...]:
        names = [name.strip() for name in text.split(",")]
        if len(names) > MOST_GROUPINGS or len(set(names)) < len(names) or not set(names) <= set(Grouping):
            raise serializers.ValidationError(NO_GROUPING.replace("…", ", ".join(Grouping) + "."))
        return tuple(Grouping(name) for name in names)

    def validate_fields(self, text: str) -> tuple[Field, ...]:
        names = {name.strip() for name in text.split(",")}
        if not names <= set(Field):
            raise serializers.ValidationError(NO_FIELDS.replace("…", ", ".join(Field) + "."))
        return tuple(field for field in Field if field in names)

    def validate_time_zone(self, name: str) -> ZoneInfo:
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise serializers.ValidationError(NO_ZONE) from None

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        end: datetime = attrs.setdefault("to", timezone.now())
        try:
            start: datetime = attrs.setdefault("from", end - DEFAULT_PERIOD)
        except OverflowError:
            raise serializers.ValidationError({"to": [TOO_EARLY]}) from None
        if start >= end:
            raise serializers.ValidationError({"from": [NOT_BEFORE]})
        try:
            attrs["question"] = question = _question(attrs, start, end)
        except OverflowError:
            raise serializers.ValidationError({"from": [TOO_EARLY]}) from None
        if Grouping.HOUR in question.group_by and end - start > LONGEST_BY_HOUR:
            raise serializers.ValidationError({"from": [TOO_LONG]})
        if question.cube is None:
            names = [name for name in ("group_by", *FILTERS) if name in attrs]
            raise serializers.ValidationError({name: [NO_SUMS] for name in names})
        if question.limit is not None and question.group_by and set(question.group_by) <= INTERVALS:
            raise serializers.ValidationError({"limit": [NOTHING_TO_LIMIT]})
        return attrs


def _question(attrs: dict[str, Any], start: datetime, end: datetime) -> Question:
    """The question of the parameters. Raises OverflowError when the period before is too early."""
    zone: ZoneInfo = attrs.get("time_zone") or own_zone()
    question = Question(
        start=start,
        end=end,
        zone=zone,
        group_by=attrs.get("group_by", ()),
        filters=filters_of(attrs),
        tests="include" in attrs,
        limit=attrs.get("limit"),
        compare="compare" in attrs,
        fields=attrs.get("fields", USUAL),
    )
    if question.compare:
        question.before()
    if set(question.group_by) & INTERVALS and not whole_hours(zone, start, end):
        raise serializers.ValidationError({"time_zone": [UNEVEN_ZONE]})
    return question


class PercentilesSerializer(serializers.Serializer[Any]):
    """Milliseconds, within 2.5 %; null without answered calls."""

    p50 = serializers.FloatField(allow_null=True)
    p95 = serializers.FloatField(allow_null=True)
    p99 = serializers.FloatField(allow_null=True)


class TokensSerializer(serializers.Serializer[Any]):
    """Tokens of all attempts; `input` includes the cached and cache-written ones, `output` the reasoning ones."""

    input = serializers.IntegerField()
    output = serializers.IntegerField()
    cached = serializers.IntegerField()
    cache_written = serializers.IntegerField(help_text="With those kept for an hour.")
    cache_written_1h = serializers.IntegerField()
    reasoning = serializers.IntegerField()
    input_audio = serializers.IntegerField()
    output_audio = serializers.IntegerField()


class CostPartsSerializer(serializers.Serializer[Any]):
    """US dollars by what was paid for; together they are `cost_usd`."""

    input = serializers.FloatField()
    cache_read = serializers.FloatField()
    cache_write_5m = serializers.FloatField(help_text="Also the writes of vendors with one lifetime.")
    cache_write_1h = serializers.FloatField()
    output = serializers.FloatField()
    reasoning = serializers.FloatField()
    audio = serializers.FloatField()
    image = serializers.FloatField()
    tools = serializers.FloatField(help_text="The vendor's own tools.")
    rest = serializers.FloatField(help_text="Records without parts, prices of a request itself, roundings.")


class FiguresSerializer(serializers.Serializer[Any]):
    """For the schema: what `llm.api.analytics.body.figures_body` writes of the usual fields."""

    calls = serializers.IntegerField()
    attempts = serializers.IntegerField()
    successes = serializers.IntegerField(help_text="Calls that a vendor answered.")
    failures = serializers.DictField(child=serializers.IntegerField(), help_text="Failed attempts by error class.")
    fallbacks = serializers.IntegerField(help_text="Successes of another than the first in line.")
    static_answers = serializers.IntegerField()
    rejected = serializers.IntegerField(help_text="Calls with a faulty request.")
    cancelled = serializers.IntegerField()
    availability = serializers.FloatField(
        allow_null=True, help_text="successes / (calls - rejected - cancelled); null without such calls."
    )
    latency_ms = PercentilesSerializer()
    first_token_ms = PercentilesSerializer(help_text="Of streams.")
    tokens = TokensSerializer()
    unpriced = serializers.IntegerField(help_text="Attempts whose cost is not in the sum: no price is known.")
    cost_usd = serializers.FloatField(help_text="Exact to nine decimals, below nine million dollars.")
    saved_usd = serializers.FloatField(help_text="What reads of the vendors' caches would have cost more.")
    cost_parts = CostPartsSerializer(required=False, help_text="Only when `fields` names it.")


class GroupSerializer(FiguresSerializer):
    """The numbers of one group."""

    group = serializers.CharField(help_text="Name, or the beginning of the interval; `others` beyond the limit.")
    group_2 = serializers.CharField(required=False, help_text="The same of the second of two groupings.")
    key_id = serializers.CharField(required=False, help_text="Only by key; empty for people with a session.")
    others = serializers.BooleanField(required=False, help_text="True for the groups beyond the limit, together.")
    previous = FiguresSerializer(required=False, help_text="Of the period before. Not by interval.")


class PreviousSerializer(serializers.Serializer[Any]):
    """The period before."""

    period = serializers.DictField(child=serializers.DateTimeField())
    totals = FiguresSerializer()


class TruncatedSerializer(serializers.Serializer[Any]):
    """Names of groups: so many are shown apart from the others."""

    shown = serializers.IntegerField()
    of = serializers.IntegerField()


class AnalyticsSerializer(serializers.Serializer[Any]):
    """For the schema: the whole answer."""

    period = serializers.DictField(child=serializers.DateTimeField(), help_text="`from` and `to`, as counted.")
    group_by = serializers.CharField(allow_null=True)
    time_zone = serializers.CharField()
    totals = FiguresSerializer()
    groups = GroupSerializer(many=True)
    truncated = TruncatedSerializer(
        allow_null=True,
        help_text=f"Null when all groups are there. Without `limit` about {MOST_SHOWN} are; the export has all.",
    )
    previous = PreviousSerializer(required=False)
