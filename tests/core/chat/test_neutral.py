"""The gateway names neither the customers' town nor their trades. Its simulator may: it plays Djobea's chat."""

import re
from pathlib import Path

import pytest

LLM = Path(__file__).parents[3] / "llm"
WORDS = re.compile(
    r"douala|camero|bonamoussadi|bonapriso|akwa|makepe|pidgin|fcfa|neighbourhood"
    r"|plumb|plomb|electrici(an|en|ty|te)|électrici|mecanicien|mechanic\b|menage|ménage|serrurier|repairman|prestataire",
    re.IGNORECASE,
)
TEXT_FILES = {".py", ".html", ".po", ".txt", ".json", ".css", ".js"}
FILES = [
    path
    for path in sorted(LLM.rglob("*"))
    if path.suffix in TEXT_FILES and "simulator" not in path.relative_to(LLM).parts
]


@pytest.mark.parametrize("word", ["Douala", "plombier", "Electricity", "prestataire"])
def test_the_search_finds_what_it_looks_for(word: str) -> None:
    assert WORDS.search(f"a sentence about {word}.")


def test_no_file_of_the_gateway_names_them() -> None:
    assert len(FILES) > 100
    lines = [
        f"{path.relative_to(LLM)}:{number}: {line.strip()}"
        for path in FILES
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if WORDS.search(line)
    ]
    assert lines == []
