"""Makes the database's folder and file at the first connection, and takes others' rights to its files away.

SQLite gives the files beside the database (-wal, -shm) the rights of the database.
"""

import os
from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base

from llm.private_files import make_private, make_private_folder

BESIDE = ("", "-wal", "-shm", "-journal")


class DatabaseWrapper(base.DatabaseWrapper):
    """The backend `djobea.sqlite`."""

    def get_new_connection(self, conn_params: Any) -> Any:
        """Django's connection. A database in memory, or one that is named by a URI, has no file of ours."""
        name = str(conn_params["database"])
        if name != ":memory:" and not name.startswith("file:"):
            _prepare(Path(name))
        return super().get_new_connection(conn_params)


def _prepare(path: Path) -> None:
    if not path.parent.exists():
        make_private_folder(path.parent)
    if not path.exists():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    for end in BESIDE:
        make_private(path.with_name(path.name + end))
