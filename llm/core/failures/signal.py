"""The raw facts of one failed vendor answer, the input of the classifier."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Transport(StrEnum):
    """How a call failed below HTTP, or while its answer was read."""

    CONNECT_TIMEOUT = "connect_timeout"
    READ_TIMEOUT = "read_timeout"
    REFUSED = "connection_refused"
    RESET = "connection_reset"
    DNS = "dns"
    TLS = "tls"
    ADDRESS_REFUSED = "address_refused"
    """The gateway itself refused to connect to the address."""
    CUT = "incomplete_chunked_read"
    INVALID_JSON = "invalid_json"
    EMPTY_BODY = "empty_body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One failed answer. `body` is parsed JSON, else text, and "" when empty.

    `headers` have lower-case names. `streaming`: the error came inside a stream after HTTP 200, and
    `body` is the data of its event. `message` is the message of the SDK or the transport, without a body.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: object = ""
    transport: Transport | None = None
    streaming: bool = False
    message: str = ""
