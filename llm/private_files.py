"""Folders and files that their owner alone can read: they hold prompts, keys and sessions."""

import os
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

OTHERS = 0o077
"""The rights of the group and of others."""


def make_private_folder(path: Path) -> None:
    """Makes the folder, and those above it that are missing, with rights for the owner alone. Raises OSError.

    A folder that exists loses the rights of others.
    """
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o700, exist_ok=True)
    make_private(path)


def make_private(path: Path) -> None:
    """Takes the rights of others away. What is missing, or belongs to another user, is left as it is."""
    try:
        found = path.stat()
        if found.st_mode & OTHERS and found.st_uid == os.geteuid():
            path.chmod(found.st_mode & 0o700)
    except FileNotFoundError:
        return
    except OSError as error:  # on a read-only file system
        log.warning("rights_not_changed", path=str(path), error=error.strerror)
