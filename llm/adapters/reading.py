"""The shape of a vendor's reader: raw JSON in, a draft and stream events out."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping

from llm.adapters.partial_response import PartialResponse
from llm.adapters.transport.lenient_json import Json
from llm.core.chat.response import Finish, StreamEvent


class VendorError(Exception):
    """The vendor reported an error inside an answer of HTTP 200; `body` is its JSON."""

    def __init__(self, body: Json, headers: Mapping[str, str]) -> None:
        super().__init__("the vendor reported an error inside its answer")
        self.body = body
        self.headers = headers


class Reader(ABC):
    """Reads one answer into its draft. Junk is skipped, not raised."""

    def __init__(self) -> None:
        self.draft = PartialResponse()

    @abstractmethod
    def whole(self, body: Json) -> None:
        """Reads a plain answer's body."""

    @abstractmethod
    def event(self, data: Json) -> Iterator[StreamEvent]:
        """Reads one event of a stream. Sets `draft.ended` when the answer is whole by the vendor's
        end marker, `draft.closed` when nothing at all can follow."""

    def finished(self, word: str, table: dict[str, Finish | None]) -> None:
        """Notes the vendor's finish word. A word that the table does not know counts as a plain stop
        (the draft still insists on content); one that it maps to None is a broken answer."""
        if word:
            self.draft.word = word
            self.draft.finish = table.get(word, Finish.STOP)
