"""A disk of its own that a test can fill: a small tmpfs, where the test's user may mount one."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

SIZE_KIB = 256
"""Room for some hundred records."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallDisk:
    """A file system of SIZE_KIB."""

    path: Path

    def fill(self) -> None:
        """Leaves no block free."""
        with (self.path / "filler").open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"\0" * 4096)
            except OSError:
                return

    def make_room(self) -> None:
        (self.path / "filler").unlink()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    path = tmp_path / "disk"
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_KIB}k", "tmpfs", str(path)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)  # noqa: S603  our own command
    if mounted.returncode:
        pytest.skip(f"a full disk needs the right to mount one: {mounted.stderr.strip()}")
    yield SmallDisk(path=path)
    subprocess.run(["umount", "-l", str(path)], check=True)  # noqa: S603, S607  the same
