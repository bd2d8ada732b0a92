"""The shape every vendor's wire protocol has here. The three implementations are in `vendors.py`'s table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from llm.simulator.faults.catalogue import Fault
from llm.simulator.http.exchange import Stamp, StreamAnswer, Vendor, WireAnswer, WireError, WireRoute
from llm.simulator.model.chat import SimulatedReply, SimulatedRequest

ANY_MODEL = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The models of an account: those listed, and whether unlisted ones of the vendor's family are taken too.

    A listed `*` takes any id at all, for OpenAI-compatible vendors.
    """

    listed: tuple[str, ...]
    families: tuple[str, ...] = ()

    def has(self, model: str) -> bool:
        return model in self.listed or ANY_MODEL in self.listed or model.startswith(self.families or ("\0",))

    def shown(self) -> tuple[str, ...]:
        return tuple(model for model in self.listed if model != ANY_MODEL)


class Wire(Protocol):
    """One vendor's HTTP API."""

    vendor: Vendor
    title: str
    """How the simulated model calls itself."""
    refuses_in_finish: bool
    """True when filtered content shows as a finish reason of a good answer, false when as an error."""
    base_path: str
    """What the vendor's SDK expects at the end of a base URL."""
    default_models: tuple[str, ...]
    families: tuple[str, ...]

    def route(self, method: str, path: str, query: Mapping[str, str]) -> WireRoute:
        """Raises Rejected when the vendor has no such path or method."""
        ...

    def key(self, headers: Mapping[str, str], query: Mapping[str, str]) -> str:
        """The key that was sent. Raises Rejected when it is missing, or another required header is."""
        ...

    def read(self, route: WireRoute, body: bytes, catalogue: Catalogue) -> SimulatedRequest:
        """Raises Rejected when the request is not one the vendor takes."""
        ...

    def plain(self, request: SimulatedRequest, reply: SimulatedReply, stamp: Stamp) -> WireAnswer: ...

    def stream(
        self, route: WireRoute, request: SimulatedRequest, reply: SimulatedReply, stamp: Stamp
    ) -> StreamAnswer: ...

    def count(self, request: SimulatedRequest, stamp: Stamp) -> WireAnswer: ...

    def models(self, route: WireRoute, catalogue: Catalogue, stamp: Stamp) -> WireAnswer:
        """The list, or the one model the route names. Raises Rejected when it is unknown."""
        ...

    def fault(self, fault: Fault, model: str) -> WireError:
        """The vendor's own words for a fault. Raises KeyError for one that is not an error answer."""
        ...

    def wrong_key(self) -> WireError: ...

    def refuse(self, refusal: WireError, stamp: Stamp, route: WireRoute | None) -> WireAnswer: ...

    def mid_stream_error(self, refusal: WireError, stamp: Stamp, route: WireRoute) -> bytes:
        """The frame that tells of an error after the stream began."""
        ...

    def frame(self, data: bytes, route: WireRoute, *, error: bool) -> bytes:
        """Any data as one event of this vendor's stream, not the first one."""
        ...
