"""The shape of a row of the catalogue."""

import re
from dataclasses import dataclass, field

from llm.core.chat.request import Capability
from llm.vendors.quirks import NO_QUIRKS, Quirks

BLANK = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A vendor as its documents describe it.

    `address` is the base URL; its {blanks} are filled by the operator, `hints` says with what. `key_variable`: the
    environment variable that a key is looked for in; the vendor's own where its documents name one. `needs_key`: False
    for servers that take requests without one.
    `lacks`: capabilities that no model has through this API. `balance`: the path that tells the account's balance, ""
    for none known. `price_id`: the vendor's name in `genai_prices`, "" where that list lacks it. `residency`: where
    requests are processed, "" where no source says it. `optional_headers`: name -> what the vendor does with it.
    """

    name: str
    label: str
    address: str
    key_variable: str
    sources: tuple[str, ...]
    kind: str = "openai"
    hints: dict[str, str] = field(default_factory=dict)
    needs_key: bool = True
    quirks: Quirks = NO_QUIRKS
    lacks: frozenset[Capability] = frozenset({Capability.DOCUMENTS})
    balance: str = ""
    price_id: str = ""
    residency: str = ""
    optional_headers: dict[str, str] = field(default_factory=dict)
    note: str = ""

    @property
    def blanks(self) -> tuple[str, ...]:
        """The names of the address's blanks, in their order."""
        return tuple(dict.fromkeys(BLANK.findall(self.address)))

    @property
    def key_place(self) -> str:
        """Where the key stands in a request."""
        own = {"claude": "x-api-key: KEY", "gemini": "x-goog-api-key: KEY"}
        if self.kind in own:
            return own[self.kind]
        return f"{self.quirks.key_header}: KEY" if self.quirks.key_header else "Authorization: Bearer KEY"

    @property
    def host(self) -> str:
        """The address's host with a pattern for each blank; matches whole hosts."""
        host = self.address.partition("://")[2].partition("/")[0]
        return "".join(BLANK.sub("{}", host).replace(".", r"\.").replace("{}", r"[\w-]+"))
