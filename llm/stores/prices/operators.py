"""Reads the operators' own prices into values. Synchronous ORM."""

from llm.core.cost.own import OwnPrice, OwnPrices, by_model
from llm.core.cost.parts import Part
from llm.models import ModelPrice

RATES: dict[Part, str] = {
    Part.INPUT: "input",
    Part.OUTPUT: "output",
    Part.CACHE_READ: "cache_read",
    Part.CACHE_WRITE_5M: "cache_write_5m",
    Part.CACHE_WRITE_1H: "cache_write_1h",
    Part.INPUT_AUDIO: "input_audio",
    Part.OUTPUT_AUDIO: "output_audio",
    Part.INPUT_IMAGE: "input_image",
    Part.OUTPUT_IMAGE: "output_image",
}
"""The column of each part's rate."""


def read_prices() -> OwnPrices:
    """All prices, past and future ones too: a late record is priced by its own day."""
    return by_model(own_price_of(row) for row in ModelPrice.objects.all())


def own_price_of(row: ModelPrice) -> OwnPrice:
    """The row as a value."""
    rates = {part: getattr(row, column) for part, column in RATES.items()}
    return OwnPrice(
        version=row.version,
        provider=row.provider,
        kind=row.kind,
        model=row.model,
        rates={part: rate for part, rate in rates.items() if rate is not None},
        web_searches=row.web_searches,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )
