"""Every path and every module that a page names exists."""

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
TOP = ("bench", "clients", "conversations", "djobea", "docs", "llm", "suggestions", "templates", "tests", "web")
QUOTED = re.compile(r"`([^`\s]+)`")
LINKED = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
FENCED = re.compile(r"```.*?```", re.DOTALL)
MODULE = re.compile(rf"(?:{'|'.join(TOP)})(?:\.\w+)+")
CHECK = re.compile(r"(?:djobea|llm)\.[EW][0-9]{3}")
"""The id of a system check."""
FILE = re.compile(r"[\w.-]+\.(?:py|md|toml|txt|yml|yaml)")
MADE = {"clients/node_modules"}
"""Folders that a command makes."""


def paths_of(text: str) -> set[str]:
    """The paths that `text` names: below a top folder, or a file's bare name."""
    return {
        word
        for word in QUOTED.findall(FENCED.sub("", text))
        if ("/" in word and word.split("/")[0] in TOP)
        or (FILE.fullmatch(word.rsplit("/", 1)[-1]) and word[0] not in "/*")
    }


def is_there(path: str) -> bool:
    """Whether a path exists below the root, and a bare file name anywhere in the project."""
    pattern = re.sub(r"<\w+>", "*", path)
    if "/" in pattern:
        return path in MADE or any(ROOT.glob(pattern.rstrip("/")))
    return (ROOT / path).exists() or any(any((ROOT / top).rglob(pattern)) for top in TOP if top != "clients")


def is_importable(name: str) -> bool:
    """Whether `name` is a module, or an attribute of one."""
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        owner, _, attribute = name.rpartition(".")
        return "." in owner and hasattr(importlib.import_module(owner), attribute)
    return True


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_paths_of_a_page_exist(page: Path) -> None:
    assert [path for path in sorted(paths_of(page.read_text())) if not is_there(path)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_modules_of_a_page_exist(page: Path) -> None:
    quoted = QUOTED.findall(page.read_text())
    names = {
        name for name in quoted if MODULE.fullmatch(name) and not FILE.fullmatch(name) and not CHECK.fullmatch(name)
    }
    assert [name for name in sorted(names) if not is_importable(name)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    assert [link for link in LINKED.findall(page.read_text()) if not (page.parent / link).exists()] == []


def test_every_system_check_is_explained_and_no_other() -> None:
    code = "".join(file.read_text() for top in ("djobea", "llm") for file in (ROOT / top).rglob("checks.py"))
    assert set(CHECK.findall((ROOT / "docs" / "operations.md").read_text())) == set(CHECK.findall(code))


def test_a_path_that_is_gone_is_found() -> None:
    assert paths_of("See `llm/gone.py`, `/livez`, `gone.py`, `llm/core` and `make check`.") == {
        "llm/gone.py",
        "gone.py",
        "llm/core",
    }
    assert not is_there("llm/gone.py")
    assert not is_there("gone.py")
    assert is_there("llm/adapters/<kind>/")
