"""The catalogue, lists of models and findings as the pages show them, in the reader's language."""

from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from llm.admin import formatting
from llm.services.catalogue.capabilities.report import CapabilityReport, Finding, Probe
from llm.services.catalogue.models import Offer, OfferedModel
from llm.vendors.catalogue import PRESETS
from llm.vendors.preset import Preset

PROBES = {
    Probe.TEXT: gettext_lazy("Text"),
    Probe.STREAM: gettext_lazy("Stream"),
    Probe.TOOLS: gettext_lazy("Tools"),
    Probe.PARALLEL_TOOLS: gettext_lazy("Several tools at once"),
    Probe.JSON_SCHEMA: gettext_lazy("JSON by a schema"),
    Probe.IMAGE: gettext_lazy("Images"),
    Probe.STREAM_USAGE: gettext_lazy("Tokens of a stream"),
}
FINDINGS = {
    Finding.YES: ("success", gettext_lazy("yes")),
    Finding.NO: ("danger", gettext_lazy("no")),
    Finding.UNCLEAR: ("warning", gettext_lazy("unclear")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """A row of the catalogue in the reader's language."""

    preset: Preset
    residency: str
    note: str


def vendors_like(wanted: str) -> list[Vendor]:
    """The vendors whose name, label, address, residency or note has every word of `wanted`; all without one."""
    words = wanted.lower().split()
    rows = [
        Vendor(preset=row, residency=_(row.residency) if row.residency else "", note=_(row.note) if row.note else "")
        for row in PRESETS.values()
    ]

    def has(row: Vendor) -> bool:
        text = " ".join((row.preset.name, row.preset.label, row.preset.address, row.residency, row.note)).lower()
        return all(word in text for word in words)

    return [row for row in rows if has(row)]


def offer_fault(offer: Offer) -> str:
    """Why the models could not be listed; "" when they were."""
    if offer.failure is None:
        return ""
    return formatting.pair(formatting.reason(offer.failure.error_class), offer.failure.message)


def prices_of(model: OfferedModel) -> tuple[str, str, str]:
    """Dollars a million tokens in and out, and the context window in tokens."""
    return (
        formatting.money(model.input_usd),
        formatting.money(model.output_usd),
        formatting.whole(model.context_window),
    )


def finding_rows(report: CapabilityReport) -> list[tuple[str, SafeString, str, str]]:
    """Each probe: what it was, the finding, how long it took, and why it is not a yes."""
    return [
        (
            str(PROBES[found.probe]),
            formatting.badge(*FINDINGS[found.finding]),
            formatting.milliseconds(found.ms),
            _(found.detail) if found.detail else "",
        )
        for found in report.findings
    ]
