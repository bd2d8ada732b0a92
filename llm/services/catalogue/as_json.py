"""Presets, offers and reports as plain values in the reader's language, the same for API, admin and `--json`."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from llm.services.catalogue.capabilities.report import CapabilityReport
from llm.services.catalogue.models import Offer
from llm.vendors.preset import Preset


def preset_json(row: Preset) -> dict[str, Any]:
    """A row of the catalogue."""
    quirks = row.quirks
    return {
        "name": row.name,
        "label": row.label,
        "kind": row.kind,
        "address": row.address,
        "blanks": [{"name": blank, "hint": gettext(row.hints[blank])} for blank in row.blanks],
        "key": {"needed": row.needs_key, "place": row.key_place, "variable": row.key_variable or None},
        "limit_field": None if quirks.limit_field is None else str(quirks.limit_field),
        "quirks": {
            "unsent": sorted(quirks.unsent),
            "renamed": dict(quirks.renamed),
            "tool_id_length": quirks.tool_id_length,
            "reasoning_echo": quirks.reasoning_echo is not None,
        },
        "headers": dict(quirks.headers),
        "optional_headers": {name: gettext(use) for name, use in row.optional_headers.items()},
        "lists_models": quirks.models is not None,
        "models_path": None if quirks.models is None else quirks.models.path,
        "balance_path": row.balance or None,
        "lacks": sorted(map(str, row.lacks)),
        "price_id": row.price_id or None,
        "residency": gettext(row.residency) if row.residency else None,
        "note": gettext(row.note) if row.note else None,
        "sources": list(row.sources),
    }


def offer_json(offer: Offer, *, words: bool = True) -> dict[str, Any]:
    """The models to choose from. Without `words` the vendor's sentence is kept back."""
    failure = offer.failure
    return {
        "models": [
            {
                "id": model.id,
                "input_usd_per_mtok": _number(model.input_usd),
                "output_usd_per_mtok": _number(model.output_usd),
                "context_window": model.context_window,
            }
            for model in offer.models
        ],
        "has_list": offer.has_list,
        "error": failure and {"class": str(failure.error_class), "message": failure.message if words else None},
    }


def report_json(report: CapabilityReport) -> dict[str, Any]:
    """What a model can do."""
    return {
        "model": report.model,
        "usable": report.usable,
        "findings": [
            {
                "probe": str(found.probe),
                "finding": str(found.finding),
                "detail": gettext(found.detail) if found.detail else None,
                "ms": found.ms,
            }
            for found in report.findings
        ],
        "missing": [str(found.probe) for found in report.missing],
        "cost_usd": _number(report.cost_usd),
        "tokens": report.tokens,
        "elapsed_s": report.elapsed_s,
    }


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)
