"""OpenAI's own client against the live server, with one vendor first and no fallback."""

from dataclasses import dataclass
from typing import Any

from openai import OpenAI
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from llm.simulator import Simulator

VENDORS = ("claude", "gemini", "openai")
HELLO = [{"role": "user", "content": "My tap is leaking in Bonapriso"}]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A plain answer with its headers."""

    answer: ChatCompletion
    headers: Any

    @property
    def message(self) -> Any:
        return self.answer.choices[0].message

    @property
    def finish(self) -> str:
        return self.answer.choices[0].finish_reason

    @property
    def dropped(self) -> set[str]:
        return {name for name in self.headers.get("X-LLM-Dropped", "").split(",") if name}


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """The chunks of a streamed answer."""

    chunks: tuple[ChatCompletionChunk, ...]

    @property
    def text(self) -> str:
        return "".join(c.choices[0].delta.content or "" for c in self.chunks if c.choices)

    @property
    def refusal(self) -> str:
        return "".join(c.choices[0].delta.refusal or "" for c in self.chunks if c.choices)

    @property
    def finish(self) -> str | None:
        return next((c.choices[0].finish_reason for c in reversed(self.chunks) if c.choices), None)

    @property
    def dropped(self) -> set[str]:
        return {name for c in self.chunks for name in (c.model_extra or {}).get("x_llm_dropped", ())}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """Asks, and looks at what arrived at the vendor."""

    client: OpenAI
    sim: Simulator

    def ask(self, vendor: str, messages: Any = HELLO, *, behind: tuple[str, ...] = (), **given: Any) -> Reply:
        raw = self.client.chat.completions.with_raw_response.create(**self._request(vendor, messages, behind, given))
        return Reply(answer=raw.parse(), headers=raw.headers)

    def stream(self, vendor: str, messages: Any = HELLO, *, behind: tuple[str, ...] = (), **given: Any) -> Streamed:
        chunks = self.client.chat.completions.create(stream=True, **self._request(vendor, messages, behind, given))
        return Streamed(chunks=tuple(chunks))

    def seen(self, vendor: str) -> Any:
        """The body of the last request that the vendor got."""
        return self.sim.requests(vendor)[-1].body

    def asked(self) -> dict[str, int]:
        """How many completions each vendor was asked for."""
        return {vendor: self.sim.calls(vendor) for vendor in VENDORS}

    def _request(self, vendor: str, messages: Any, behind: tuple[str, ...], given: dict[str, Any]) -> dict[str, Any]:
        extra = {"fallbacks": list(behind), "static": False, **given.pop("extra_body", {})}
        return {"model": vendor, "messages": messages, "extra_body": extra, **given}
