"""Turns whatever an SDK raised, or a vendor answered, into a `Signal`: the one place that knows exceptions.

Exceptions are recognised by class name, so that no SDK is imported for it: httpx2, requests and
aiohttp name the same failures alike. What a signal means is the classifier's business.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from llm.adapters.transport.guard import refusal_in
from llm.core.chat.response import Refusal, Usage
from llm.core.failures.policy import ErrorClass, Failure, ProviderError
from llm.core.failures.signal import Signal, Transport

BY_NAME: dict[str, Transport] = {
    "ConnectTimeout": Transport.CONNECT_TIMEOUT,
    "PoolTimeout": Transport.CONNECT_TIMEOUT,
    "ReadTimeout": Transport.READ_TIMEOUT,
    "WriteTimeout": Transport.READ_TIMEOUT,
    "Timeout": Transport.READ_TIMEOUT,
    "TimeoutException": Transport.READ_TIMEOUT,
    "APITimeoutError": Transport.READ_TIMEOUT,
    "SSLError": Transport.TLS,
    "gaierror": Transport.DNS,
    "NameResolutionError": Transport.DNS,
    "InvalidURL": Transport.DNS,
    "UnsupportedProtocol": Transport.DNS,
    "MissingSchema": Transport.DNS,
    "ConnectionRefusedError": Transport.REFUSED,
    "ConnectError": Transport.REFUSED,
    "NewConnectionError": Transport.REFUSED,
    "ConnectionResetError": Transport.RESET,
    "BrokenPipeError": Transport.RESET,
    "RemoteDisconnected": Transport.RESET,
    "ReadError": Transport.RESET,
    "WriteError": Transport.RESET,
    "CloseError": Transport.RESET,
    "IncompleteRead": Transport.CUT,
    "ChunkedEncodingError": Transport.CUT,
    "RemoteProtocolError": Transport.CUT,
    "ConnectionError": Transport.RESET,
    "APIConnectionError": Transport.RESET,
    "DecodingError": Transport.INVALID_JSON,
    "ContentDecodingError": Transport.INVALID_JSON,
    "ParseError": Transport.INVALID_JSON,
}
"""Exception class -> how the call failed. The innermost cause is asked first: it is the most exact."""

BY_BROAD_NAME: dict[str, Transport] = {
    "TimeoutError": Transport.READ_TIMEOUT,
    "ValueError": Transport.INVALID_JSON,
    "TypeError": Transport.INVALID_JSON,
    "LookupError": Transport.INVALID_JSON,
    "AttributeError": Transport.INVALID_JSON,
    "RecursionError": Transport.INVALID_JSON,
}
"""Broad classes, asked only when no link of the chain has an exact name: Python's own TimeoutError is
also what a connect timeout is made of. Junk that broke our reading, or the SDK's, is no valid answer."""

LOCAL = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, AssertionError)
"""What a builder or an SDK raises over a request that it cannot write."""

NO_ANSWER = re.compile(r"disconnected without (sending a )?response|closed connection without response", re.I)
TLS_WORDS = re.compile(r"certificate|handshake|\bssl\b|\btls\b", re.I)
MAX_TEXT = 8_192
"""Characters of an error page that are kept: no classifier reads more."""


def signal_of(error: BaseException, last_response: Any = None) -> Signal:
    """What `error` shows, read from the vendor's answer that it carries, or else from its causes.

    `last_response` stands in for the answer when an SDK broke on an error status and lost it.
    """
    chain = list(causes(error))
    if refused := refusal_in(chain):
        return Signal(transport=Transport.ADDRESS_REFUSED, message=str(refused))
    for link in chain:
        response = getattr(link, "response", None)
        if response is not None and isinstance(getattr(response, "status_code", None), int):
            return answer_signal(response.status_code, dict(response.headers), _content(response))
    if last_response is not None and last_response.status_code >= 400 and is_local(error):
        return answer_signal(last_response.status_code, dict(last_response.headers), _content(last_response))
    named = (_transport(link, names) for names in (BY_NAME, BY_BROAD_NAME) for link in reversed(chain))
    transport = next((found for found in named if found is not None), None)
    return Signal(transport=transport, message=_words(chain))


def is_local(error: BaseException) -> bool:
    """Whether a builder or an SDK raised `error`: it carries no answer, and no failure of a transport."""
    chain = list(causes(error))
    if any(getattr(link, "response", None) is not None or isinstance(link, OSError) for link in chain):
        return False
    if any(_transport(link, BY_NAME) is not None for link in chain):
        return False
    return any(isinstance(link, LOCAL) for link in chain)


def answer_signal(status: int, headers: Mapping[str, str], content: bytes, *, streaming: bool = False) -> Signal:
    """The signal of a whole answer, `content` being its body."""
    lowered = {name.lower(): value for name, value in headers.items()}
    if not content.strip():
        empty = Transport.EMPTY_BODY if status == 200 else None
        return Signal(status=status, headers=lowered, transport=empty, streaming=streaming)
    body: object
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        body = content[:MAX_TEXT].decode("utf-8", "replace")
        invalid = Transport.INVALID_JSON if status == 200 else None
        return Signal(status=status, headers=lowered, body=body, transport=invalid, streaming=streaming)
    if isinstance(body, list) and len(body) == 1:
        body = body[0]  # Gemini wraps the errors of its array streams in a list.
    return Signal(status=status, headers=lowered, body=body, streaming=streaming)


def bad_response(
    message: str, *, request_id: str | None = None, usage: Usage = Usage(), used_up: bool = False
) -> ProviderError:
    """A vendor that answered, but with nothing of use. `usage` is what it counts for that.

    `used_up`: the bound on tokens was spent before the first word.
    """
    error = _local(ErrorClass.BAD_RESPONSE, message, request_id, usage)
    return ProviderError(replace(error.failure, used_up=True)) if used_up else error


def oversized(message: str, *, request_id: str | None = None) -> ProviderError:
    """A vendor that sent more than any answer to this request could be. It is not asked again for it."""
    error = _local(ErrorClass.BAD_RESPONSE, message, request_id, Usage())
    return ProviderError(replace(error.failure, oversized=True))


def filtered(message: str, refusal: Refusal, usage: Usage, *, request_id: str | None = None) -> ProviderError:
    """A model, or a filter over its answer, that refused."""
    return _local(ErrorClass.CONTENT_FILTERED, message, request_id, usage, refusal)


def unsupported(message: str) -> ProviderError:
    """A request that this vendor cannot be asked, though another may well be."""
    return ProviderError(Failure(error_class=ErrorClass.INVALID_REQUEST, message=message, http_status=None))


def _local(
    error_class: ErrorClass, message: str, request_id: str | None, usage: Usage, refusal: Refusal | None = None
) -> ProviderError:
    return ProviderError(
        Failure(
            error_class=error_class,
            message=message,
            http_status=200,
            vendor_request_id=request_id,
            usage=usage,
            refusal=refusal,
        )
    )


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yields the error and its causes, from the outside in; `reason` and `args` are how urllib3 nests them."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        link = waiting.pop(0)
        if id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        inner: list[Any] = [link.__cause__ or link.__context__, getattr(link, "reason", None), *link.args]
        waiting += [found for found in inner if isinstance(found, BaseException)]


def _transport(error: BaseException, names: Mapping[str, Transport]) -> Transport | None:
    for cls in type(error).__mro__:
        if cls.__name__ in ("RemoteProtocolError", "ConnectionError") and NO_ANSWER.search(str(error)):
            return Transport.RESET
        if cls.__name__ == "ConnectError" and TLS_WORDS.search(str(error)):
            return Transport.TLS
        if (found := names.get(cls.__name__)) is not None:
            return found
    return None


def _content(response: Any) -> bytes:
    try:
        content = response.content
    except Exception:  # noqa: BLE001  # an error body that was never read, or broke off: the status alone must do
        return b""
    return content if isinstance(content, bytes) else b""


def _words(chain: list[BaseException]) -> str:
    """The outermost sentence and, when it differs, the innermost cause's."""
    said = [f"{type(link).__name__}: {link}" if str(link) else type(link).__name__ for link in chain]
    return said[0] if len(said) == 1 else f"{said[0]} ({said[-1]})"
