"""The headers that pages on other origins may send and read."""

from corsheaders.defaults import default_headers

SDK = ("arch", "async", "helper-method", "lang", "os", "package-version", "poll-helper", "retry-count", "runtime",
       "runtime-version", "timeout")  # fmt: skip
"""What the vendors' JavaScript SDKs send as `X-Stainless-...` with every request."""

REQUEST_HEADERS = (
    *default_headers,
    "anthropic-beta",
    "anthropic-dangerous-direct-browser-access",
    "anthropic-version",
    "content-encoding",
    "idempotency-key",
    "openai-organization",
    "openai-project",
    "x-api-key",
    "x-llm-strict",
    "x-llm-tags",
    "x-request-id",
    *(f"x-stainless-{name}" for name in SDK),
)

RESPONSE_HEADERS = (
    "Idempotent-Replayed",
    "Retry-After",
    "X-LLM-Attempts",
    "X-LLM-Cost",
    "X-LLM-Degraded",
    "X-LLM-Dropped",
    "X-LLM-Provider",
    "X-Request-ID",
    "request-id",
)
