"""Reads a `.env` file as editors write it: with a byte order mark, any line end, blanks, `export`, quotes, comments.

A line that cannot be read is told by its number and the name of its variable, never by its text: it may hold a key.
"""

import codecs
import os
import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

BLANKS = string.whitespace + "\N{NO-BREAK SPACE}\N{ZERO WIDTH NO-BREAK SPACE}\N{ZERO WIDTH SPACE}"
"""The last but one is the byte order mark. It stands inside of a file that was joined from two."""

LINE_END = re.compile(r"\r\n|\n|\r")
ASSIGNMENT = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)", re.DOTALL)
COMMENT = re.compile(r"\s#.*", re.DOTALL)
QUOTED = re.compile(r"""(?:'(?P<single>[^']*)'|"(?P<double>(?:\\.|[^"\\])*)")(?:\s+#.*)?""", re.DOTALL)
ESCAPED = re.compile(r'\\(["\\$`])')
NAME = re.compile(
    r"(?:export\s+)?([A-Z][A-Z0-9]*(?:(?:_[A-Z0-9]+)+(?=\s*[\s=:])|(?:[-. ][A-Z0-9]+)+(?=\s*[=:])))",
)
"""A variable's name in a line that cannot be read. Narrow, so that a key without its name is not taken for one."""

TYPOGRAPHIC = tuple("“”„‘’‚«»")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableLine:
    """A line by its number, counted from 1, and its variable's name; "" when it has none."""

    number: int
    name: str
    reason: str

    def __str__(self) -> str:
        named = f" ({self.name})" if self.name else ""
        return f"Line {self.number} of .env{named} cannot be read: {self.reason}."


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvFile:
    """The variables of a file, in its order, and the lines that could not be read."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    unreadable: tuple[UnreadableLine, ...] = ()


class _Unreadable(Exception):
    """Why a value cannot be read, as half a sentence without the value."""


def load(path: Path) -> EnvFile:
    """Sets the variables of the file that the process does not have yet. A missing file is an empty one.

    Raises ImproperlyConfigured for a file that cannot be opened.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return EnvFile()
    except OSError as error:
        raise ImproperlyConfigured(f"The file {path} cannot be read: {error.strerror}.") from None
    file = parse(data)
    for name, value in file.values.items():
        os.environ.setdefault(name, value)
    return file


def parse(data: bytes) -> EnvFile:
    """The content of a `.env` file. Of two lines for one variable the last one counts."""
    values: dict[str, str] = {}
    unreadable: list[UnreadableLine] = []
    for number, untrimmed in enumerate(LINE_END.split(_decoded(data)), start=1):
        line = untrimmed.strip(BLANKS)
        if not line or line.startswith("#"):
            continue
        assignment = ASSIGNMENT.fullmatch(line)
        try:
            if assignment is None:
                raise _Unreadable("it is not NAME=value")
            values[assignment[1]] = _value(assignment[2])
        except _Unreadable as reason:
            name = assignment[1] if assignment and assignment[1].isupper() else _name(line)
            unreadable.append(UnreadableLine(number=number, name=name, reason=str(reason)))
    return EnvFile(values=values, unreadable=tuple(unreadable))


def _name(line: str) -> str:
    name = NAME.match(line)
    return re.sub("[-. ]", "_", name[1]) if name else ""


def _decoded(data: bytes) -> str:
    """The text. Windows' editors also write UTF-16, with a mark in front. Other bytes become U+FFFD."""
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if wide else "utf-8", errors="replace")


def _value(text: str) -> str:
    """What stands right of the `=`. Raises _Unreadable."""
    value = text.strip(BLANKS)
    if value.startswith(("'", '"')):
        quoted = QUOTED.fullmatch(value)
        if quoted is None:
            raise _Unreadable("its quote is not closed, or text follows it")
        value = quoted["single"] if quoted["double"] is None else ESCAPED.sub(r"\1", quoted["double"])
    else:
        value = COMMENT.sub("", text).strip(BLANKS)
    if value.startswith(TYPOGRAPHIC):
        raise _Unreadable("its quotes are typographic; plain ones are needed")
    if "\N{REPLACEMENT CHARACTER}" in value or not value.isprintable():
        raise _Unreadable("its value holds an invisible character, or bytes that are not UTF-8")
    return value
