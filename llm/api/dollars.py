"""Sums of money in JSON."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers


class DollarsField(serializers.DecimalField):
    """US dollars as a decimal string. A JSON number would have lost digits before it is read."""

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str):
            self.fail("invalid")
        value: Decimal = super().to_internal_value(data)
        return value
