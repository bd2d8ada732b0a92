"""What one vendor answer shows to the classifier: the raw facts, before anyone judges them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Transport(StrEnum):
    """How a call failed below HTTP, or in reading what HTTP brought."""

    CONNECT_TIMEOUT = "connect_timeout"
    READ_TIMEOUT = "read_timeout"
    REFUSED = "connection_refused"
    RESET = "connection_reset"
    DNS = "dns"
    TLS = "tls"
    CUT = "incomplete_chunked_read"
    INVALID_JSON = "invalid_json"
    EMPTY_BODY = "empty_body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One failed answer. `body` is parsed JSON, or text when it was not JSON, "" when empty.

    `headers` have lower-case names. `streaming` says that the error came inside a stream after
    HTTP 200; `body` is then the error event's data. `message` is what the SDK or the transport said
    when there is no body.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: object = ""
    transport: Transport | None = None
    streaming: bool = False
    message: str = ""
