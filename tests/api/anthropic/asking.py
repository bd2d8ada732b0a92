"""Anthropic's own client as the tests use it: whom they ask, what, and how."""

from typing import Any

from anthropic import Anthropic

VENDORS = {"claude": "claude-sonnet-5-5", "gemini": "gemini-3.8-flash", "openai": "gpt-6.1-terra"}
HELLO: Any = [{"role": "user", "content": "My tap is leaking in Bonapriso"}]


def ask(client: Anthropic, **given: Any) -> Any:
    return client.messages.with_raw_response.create(
        **{"model": "default", "max_tokens": 500, "messages": HELLO, **given}
    )
