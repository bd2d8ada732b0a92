"""Django's SECRET_KEY: its quality, and the one that a working copy makes for itself."""

import fcntl
import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from llm.private_files import make_private_folder


def is_weak(key: str) -> bool:
    """Django's own rule for SECRET_KEY (check security.W009)."""
    return len(key) < 50 or len(set(key)) < 5 or key.startswith("django-insecure-")


def secret_key(var: Path) -> str:
    """The key of this working copy. Creates it once, in a file that only its owner can read.

    For trials; a deployment sets SECRET_KEY. Of processes that start at once the first one writes and the others wait.
    Raises ImproperlyConfigured for a file that cannot be read or made.
    """
    path = var / "secret_key"
    try:
        if not path.exists():
            make_private_folder(var)
        return (path.read_text().strip() if path.exists() else "") or _made(path)
    except OSError as error:
        raise ImproperlyConfigured(f"The file {path} cannot be used: {error.strerror}. Set SECRET_KEY.") from None


def _made(path: Path) -> str:
    """Writes the key under a lock. An empty file is one that another process writes now, or one left by a crash."""
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        key = file.read().strip()
        if not key:
            key = secrets.token_urlsafe(64)
            file.seek(0)
            file.write(key)
        return key
