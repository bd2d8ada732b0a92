"""The pages of all processes of this machine, summed. What dead processes counted is folded into one file.

A page whose lock is free is a dead process's. Its counters are added to `ended.json`, which names it, and then the page
is deleted: a reader that dies in between leaves a page that the next reader deletes without counting it again.
"""

import fcntl
import json
import os
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from llm.stores.metrics.layout import CELLS, FIRST_COUNTER
from llm.stores.metrics.page import CELL_BYTES, SUFFIX, folder, page

ENDED = "ended.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """`living`: each process's numbers, by `layout`. `ended`: the sums of those that are gone, gauges left out."""

    living: tuple[list[float], ...]
    ended: list[float]

    def gauge(self, place: int) -> float:
        """The sum over the living."""
        return sum(cells[place] for cells in self.living)

    def counter(self, place: int) -> float:
        """The sum over all that ever were."""
        return self.gauge(place) + self.ended[place]


def read_pages(directory: Path | None = None) -> Pages:
    """All pages; this process's alone while the folder cannot be read."""
    directory = directory or folder()
    own = page.cells()  # makes the folder, too
    try:
        with locked(directory / "fold.lock"):
            living, dead = _read(directory)
            ended = _fold(directory, dead)
    except OSError:
        return Pages(living=(own,), ended=[0.0] * CELLS)
    return Pages(living=tuple(living) or (own,), ended=ended)


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[bool]:
    """Holds a lock among all processes; answers False when another one holds it and is not waited for."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def _read(directory: Path) -> tuple[list[list[float]], dict[Path, list[float]]]:
    living: list[list[float]] = []
    dead: dict[Path, list[float]] = {}
    for path in directory.glob(f"*{SUFFIX}"):
        with locked(path, wait=False) as is_dead:
            content = path.read_bytes()
        cells = array("d", content).tolist() if len(content) == CELLS * CELL_BYTES else [0.0] * CELLS
        if is_dead:
            dead[path] = cells
        else:
            living.append(cells)
    return living, dead


def _fold(directory: Path, dead: dict[Path, list[float]]) -> list[float]:
    """Adds the pages to the file of the ended, and deletes them."""
    path = directory / ENDED
    folded, sums = _ended(path)
    if not dead:
        return sums
    for page_path, cells in dead.items():
        if page_path.name not in folded:
            sums = [before + more for before, more in zip(sums, cells, strict=True)]
    sums[:FIRST_COUNTER] = [0.0] * FIRST_COUNTER
    new = path.with_suffix(".new")
    new.write_text(json.dumps({"folded": [each.name for each in dead], "cells": sums}))
    new.replace(path)
    for page_path in dead:
        page_path.unlink(missing_ok=True)
    return sums


def _ended(path: Path) -> tuple[list[str], list[float]]:
    """The pages that were folded last, and the sums. New ones when there are none, or those of another layout."""
    try:
        content = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        content = {}
    cells = content.get("cells", [])
    return content.get("folded", []), cells if len(cells) == CELLS else [0.0] * CELLS
