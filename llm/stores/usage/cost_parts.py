"""Sums of the parts of the cost, in billionths of a US dollar, from the JSON that each attempt keeps."""

from functools import reduce
from operator import add
from typing import Any

from django.db.models import BigIntegerField, DecimalField, F, Func, Q, Sum, Value
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce

from llm.core.cost.parts import REQUESTS, Part
from llm.core.usage.sums import COST_PARTS

NOT_TOOLS = ", ".join(f"'{name}'" for name in (*(part.value for part in Part), REQUESTS))


class _Nano(Func):
    """A decimal string as whole billionths."""

    template = "CAST(ROUND(%(expressions)s * 1000000000) AS BIGINT)"
    output_field = BigIntegerField()


class _Tools(Func):
    """What the parts cost that are of no token: those of tools, whose names vendors choose."""

    template = (
        "(SELECT CAST(SUM(ROUND(CAST(value AS {number}) * 1000000000)) AS BIGINT) "
        "FROM {each}(%(expressions)s) WHERE key NOT IN ({not_tools}))"
    )
    output_field = BigIntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = self.template.format(number="REAL", each="JSON_EACH", not_tools=NOT_TOOLS)
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = self.template.format(number="NUMERIC", each="JSONB_EACH_TEXT", not_tools=NOT_TOOLS)
        return self.as_sql(compiler, connection, template=template, **context)


def sum_of_part(name: str) -> Combinable:
    """The sum of one of `llm.core.usage.sums.PARTS`."""
    if name not in COST_PARTS:
        return Sum(_Tools(F("cost_parts")), filter=~Q(units={}) & Q(cost_parts__isnull=False))
    nanos = [Coalesce(_Nano(_dollars(part)), Value(0)) for part in COST_PARTS[name]]
    return Sum(reduce(add, nanos))


def _dollars(part: Part) -> Combinable:
    return Cast(KT(f"cost_parts__{part.value}"), DecimalField(max_digits=30, decimal_places=15))
