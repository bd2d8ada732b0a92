"""A vendor's answer of HTTP 200, before its body is read."""

from dataclasses import dataclass

from llm.adapters.fitting.answer import AnswerRestorer
from llm.adapters.transport.client import VendorReply
from llm.core.chat.refused import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedAnswer:
    """`dropped` names what the vendor was not sent, `refused` what it refused before."""

    reply: VendorReply
    restorer: AnswerRestorer
    dropped: tuple[str, ...]
    refused: tuple[Refused, ...] = ()
