"""A `.env` file is read as editors write it; a line that cannot be read is told without its text."""

import os
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from djobea.env.dotenv import EnvFile, load, parse

BOM = b"\xef\xbb\xbf"


@pytest.mark.parametrize(
    ("data", "values"),
    [
        (b"", {}),
        (b"\n \n# A_KEY=x\n  # B_KEY=x\n", {}),
        (b"A_KEY=x", {"A_KEY": "x"}),
        (BOM + b"A_KEY=x\nB=y\n", {"A_KEY": "x", "B": "y"}),
        (b"A_KEY=x\n" + BOM + b"B=y\n", {"A_KEY": "x", "B": "y"}),
        (BOM + b"# a comment\r\nA_KEY=x\r\nB=y\r\n", {"A_KEY": "x", "B": "y"}),
        ("A_KEY=x\r\nB=y\r\n".encode("utf-16"), {"A_KEY": "x", "B": "y"}),
        (b"A_KEY=x\rB=y\r", {"A_KEY": "x", "B": "y"}),
        (b"  A_KEY \t=  x  \nB= y", {"A_KEY": "x", "B": "y"}),
        ("\u00a0A_KEY\u00a0=\u00a0x\u00a0".encode(), {"A_KEY": "x"}),
        (b"export A_KEY=x\n\texport  B = y", {"A_KEY": "x", "B": "y"}),
        (b"export=x", {"export": "x"}),
        (b"A_KEY='x y'\nB=\"x y\"\nC = ' x ' ", {"A_KEY": "x y", "B": "x y", "C": " x "}),
        (
            rb'A="say \"x\"" ' + b"\n" + rb"B='a\b'" + b"\n" + rb'C="C:\new"',
            {"A": 'say "x"', "B": r"a\b", "C": r"C:\new"},
        ),
        (b"A=x # why\nB='x' # why\nC=\"#x\" #\nD= # why", {"A": "x", "B": "x", "C": "#x", "D": ""}),
        (b"A=#x\nB=x#y", {"A": "#x", "B": "x#y"}),
        (b"A=\nB=''\nC=\"\"", {"A": "", "B": "", "C": ""}),
        (b"A=x=y==\nB=$OTHER\nC=${OTHER}", {"A": "x=y==", "B": "$OTHER", "C": "${OTHER}"}),
        (b"A=it's\nB=5'4\"", {"A": "it's", "B": "5'4\""}),
        (b"A=x\nA=y", {"A": "y"}),
        ("A=é\n# \u00e9".encode(), {"A": "é"}),
        ("# caf\u00e9\nA=x".encode("latin-1"), {"A": "x"}),
        ("A=x\u2028y".encode(), {}),
    ],
)
def test_what_a_file_says(data: bytes, values: dict[str, str]) -> None:
    assert parse(data).values == values


@pytest.mark.parametrize(
    ("line", "name", "reason"),
    [
        (b"OPENAI_API_KEY s3cret", "OPENAI_API_KEY", "NAME=value"),
        (b"OPENAI_API_KEY: s3cret", "OPENAI_API_KEY", "NAME=value"),
        (b"OPENAI_API_KEY:s3cret", "OPENAI_API_KEY", "NAME=value"),
        (b"export OPENAI_API_KEY s3cret", "OPENAI_API_KEY", "NAME=value"),
        (b"OPENAI-API-KEY=s3cret", "OPENAI_API_KEY", "NAME=value"),
        (b"OPENAI API KEY = s3cret", "OPENAI_API_KEY", "NAME=value"),
        (b"set OPENAI_API_KEY=s3cret", "", "NAME=value"),
        (b"s3cret", "", "NAME=value"),
        (b"S3CRET_OF_MINE", "", "NAME=value"),
        (b"sk-s3cret=", "", "NAME=value"),
        (b"=s3cret", "", "NAME=value"),
        (b"2_KEY=s3cret", "", "NAME=value"),
        (b"DEBUG='s3cret", "DEBUG", "quote"),
        (b'OPENAI_API_KEY="s3cret', "OPENAI_API_KEY", "quote"),
        (b'OPENAI_API_KEY="s3cret"s3cret', "OPENAI_API_KEY", "quote"),
        (b'OPENAI_API_KEY="s3cret\\"', "OPENAI_API_KEY", "quote"),
        ("OPENAI_API_KEY=“s3cret”".encode(), "OPENAI_API_KEY", "typographic"),
        ("OPENAI_API_KEY=\u00e9s3cret".encode("latin-1"), "OPENAI_API_KEY", "UTF-8"),
        (b"OPENAI_API_KEY=s3cret\0", "OPENAI_API_KEY", "invisible"),
        ("OPENAI_API_KEY=s3\u200bcret".encode(), "OPENAI_API_KEY", "invisible"),
    ],
)
def test_an_unreadable_line_is_told_by_its_number_and_name_only(line: bytes, name: str, reason: str) -> None:
    file = parse(b"A=x\n\n" + line + b"\nB=y\n")
    assert file.values == {"A": "x", "B": "y"}
    [told] = file.unreadable
    assert (told.number, told.name) == (3, name)
    assert reason in told.reason
    assert "s3cret" not in f"{told} {told!r} {file!r}".lower()


def test_a_sentence_names_line_and_variable() -> None:
    told = parse(b"A=x\nOPENAI_API_KEY s3cret\ns3cret").unreadable
    assert [str(line) for line in told] == [
        "Line 2 of .env (OPENAI_API_KEY) cannot be read: it is not NAME=value.",
        "Line 3 of .env cannot be read: it is not NAME=value.",
    ]


@given(st.binary())
def test_no_file_makes_the_reader_fail_or_gives_what_no_environment_can_hold(data: bytes) -> None:
    for name, value in parse(data).values.items():
        assert name.isidentifier()
        assert value.isprintable()


names = st.from_regex(r"[A-Z_][A-Z0-9_]*", fullmatch=True)
texts = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters="\ufffd“”„‘’‚«»")).filter(
    str.isprintable
)


@given(st.dictionaries(names, texts), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_what_is_written_in_double_quotes_is_read_again(values: dict[str, str], end: str, mark: bool) -> None:
    escaped = {name: text.replace("\\", "\\\\").replace('"', '\\"') for name, text in values.items()}
    lines = end.join(f'export {name} = "{text}"' for name, text in escaped.items())
    assert parse(BOM * mark + lines.encode()) == EnvFile(values=values)


def test_a_variable_of_the_process_counts_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJOBEA_TEST_ONE", "process")
    monkeypatch.setenv("DJOBEA_TEST_TWO", "")
    monkeypatch.delenv("DJOBEA_TEST_NEW", raising=False)
    path = tmp_path / ".env"
    path.write_bytes(b"DJOBEA_TEST_ONE=file\nDJOBEA_TEST_TWO=file\nDJOBEA_TEST_NEW=file\n")
    load(path)
    told = [os.environ.pop(f"DJOBEA_TEST_{name}") for name in ("ONE", "TWO", "NEW")]
    assert told == ["process", "", "file"]


def test_a_missing_file_is_an_empty_one_and_a_folder_is_named(tmp_path: Path) -> None:
    assert load(tmp_path / ".env") == EnvFile()
    with pytest.raises(ImproperlyConfigured, match=r"cannot be read: Is a directory"):
        load(tmp_path)
