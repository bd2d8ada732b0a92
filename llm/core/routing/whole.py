"""Which answers a vendor is asked for in one piece."""

from llm.core.chat.request import Capability, ChatRequest
from llm.core.routing.plan import Candidate

SHORT_TOKENS = 64
"""An answer of at most so many tokens comes within the silence limit at 6 tokens a second: it is read plain."""


def comes_whole(request: ChatRequest, candidate: Candidate, *, stream: bool) -> bool:
    """Whether the vendor is asked for the answer in one piece.

    A plain answer that may take long is read as a stream: only that distinguishes a model at work from a silent vendor.
    """
    can_stream = Capability.STREAM in candidate.capabilities
    return not (stream or (can_stream and (request.max_tokens or candidate.max_tokens) > SHORT_TOKENS))
