"""The code in docs/clients.md, taken out of the page so that what people copy is what is run."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "clients.md"
HEADING = re.compile(r"## (.+)")
FENCE = re.compile(r"```(\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """A fenced block: under which second-level heading it stands, in which language, at which line, from 1."""

    client: str
    language: str
    line: int
    code: str


def read(text: str) -> tuple[Snippet, ...]:
    """Every block of the page that names a language. Raises ValueError for a fence that never ends."""
    client, language, begun, code = "", "", 0, list[str]()
    found: list[Snippet] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if begun:
            if line.rstrip() == "```":
                if language:
                    found.append(Snippet(client=client, language=language, line=begun, code="\n".join([*code, ""])))
                begun, code = 0, []
            else:
                code.append(line)
        elif line.startswith("```"):
            fence = FENCE.match(line)
            language, begun = fence[1] if fence else "", number
        elif heading := HEADING.fullmatch(line):
            client = heading[1].strip()
    if begun:
        raise ValueError(f"the block that begins in line {begun} never ends")
    return tuple(found)


def of_the_page() -> tuple[Snippet, ...]:
    """Those of docs/clients.md."""
    return read(PAGE.read_text(encoding="utf-8"))
