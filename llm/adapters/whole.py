"""Reads one plain answer, within its bounds."""

from llm.adapters.bounds import check_structure
from llm.adapters.stream import Turn
from llm.adapters.transport.client import VendorReply
from llm.adapters.transport.signals import oversized


async def read_whole(reply: VendorReply, longest: int) -> bytes:
    """The body. Raises ProviderError (bad_response) for one of more than `longest` bytes, or of too many values."""
    content, turn = bytearray(), Turn()
    async for chunk in reply.chunks:
        content += chunk
        if len(content) > longest:
            raise oversized(f"the answer is longer than {longest} bytes")
        if turn.is_over:
            await turn.end()
    check_structure(content)
    return bytes(content)
