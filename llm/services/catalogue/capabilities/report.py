"""What was found out about a model, and which capabilities follow from it."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from llm.core.chat.request import Capability
from llm.core.failures.policy import Failure
from llm.vendors.preset import Preset


class Probe(StrEnum):
    """What is found out."""

    TEXT = "text"
    STREAM = "stream"
    TOOLS = "tools"
    PARALLEL_TOOLS = "parallel_tools"
    JSON_SCHEMA = "json_schema"
    IMAGE = "image"
    STREAM_USAGE = "stream_usage"


class Finding(StrEnum):
    """The answer to one probe."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"
    """It could not be found out: no time, no money, or the vendor was busy."""


CAPABILITIES: dict[Capability, Probe] = {
    Capability.STREAM: Probe.STREAM,
    Capability.TOOLS: Probe.TOOLS,
    Capability.IMAGES: Probe.IMAGE,
    Capability.JSON_SCHEMA: Probe.JSON_SCHEMA,
}
"""The probe that decides on a capability; the others follow the catalogue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeFinding:
    """`detail` says in a sentence why it is not YES. `ms`: how long the request took that told it."""

    probe: Probe
    finding: Finding
    detail: str = ""
    ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CapabilityReport:
    """The findings in the order of `Probe`. `cost_usd` is None where the model has no known price.

    `failure`: why it gave no text; a provider without text is of no use.
    """

    model: str
    findings: tuple[ProbeFinding, ...]
    cost_usd: Decimal | None
    tokens: int
    elapsed_s: float
    failure: Failure | None = None

    @property
    def usable(self) -> bool:
        return self.of(Probe.TEXT).finding is Finding.YES

    def of(self, probe: Probe) -> ProbeFinding:
        """The finding of this probe."""
        return next(found for found in self.findings if found.probe is probe)

    @property
    def missing(self) -> tuple[ProbeFinding, ...]:
        """What is not known to work."""
        return tuple(found for found in self.findings if found.finding is not Finding.YES)

    def supports(self, preset: Preset) -> tuple[Capability, ...]:
        """The capabilities for the provider's row. What is unclear is left to the catalogue: refusals are learned."""

        def has(capability: Capability) -> bool:
            found = self.of(CAPABILITIES[capability]).finding if capability in CAPABILITIES else Finding.UNCLEAR
            return found is Finding.YES or (found is Finding.UNCLEAR and capability not in preset.lacks)

        return tuple(capability for capability in Capability if has(capability))
