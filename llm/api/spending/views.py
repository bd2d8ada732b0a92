"""Spending rules over HTTP."""

from llm.api.rows import RowsViewSet, documented_rows
from llm.api.spending.serializers import FAULTS, SpendingRuleListSerializer, SpendingRuleSerializer
from llm.models import SpendingRule


@documented_rows(
    "spending_rules",
    tag="spending",
    summaries={
        "list": "The rules by name",
        "create": "Add a rule; alerts follow it within a minute",
        "retrieve": "One rule",
        "partial_update": "Change a rule",
        "destroy": "Remove a rule",
    },
    one=SpendingRuleSerializer,
    many=SpendingRuleListSerializer,
    body={"name": "ten-a-day", "watch": "day", "limit_usd": "10.00"},
    rules=FAULTS,
)
class SpendingRuleViewSet(RowsViewSet):
    """Rules that tell operators of spending, by name."""

    queryset = SpendingRule.objects.all()
    serializer_class = SpendingRuleSerializer
    lookup_field = "name"
    list_name = "rules"
