"""What is written lies in DATA_DIR, and its owner alone can read it."""

import sqlite3
import subprocess
import sys
from pathlib import Path

from django.db import connections

from djobea.env import Environment, database
from djobea.sqlite.base import DatabaseWrapper
from llm.private_files import make_private_folder


def rights(path: Path) -> str:
    """The rights in octal, as `chmod` takes them."""
    return f"{path.stat().st_mode & 0o777:o}"


def connect(path: Path) -> sqlite3.Connection:
    """A connection of the project's kind to a file, in use."""
    env = Environment()
    env.ENVIRON = {"DATABASE_URL": f"sqlite:///{path}"}
    settings = {**connections["default"].settings_dict, **database(env, path.parent)}
    wrapper = DatabaseWrapper(settings, "private")
    connection: sqlite3.Connection = wrapper.get_new_connection(wrapper.get_connection_params())
    connection.execute("CREATE TABLE IF NOT EXISTS written (at int)")
    return connection


def test_the_database_and_its_folder_are_the_owners_also_when_they_exist(tmp_path: Path) -> None:
    connection = connect(tmp_path / "deep" / "er" / "db.sqlite3")
    folder = tmp_path / "deep" / "er"
    assert (rights(folder.parent), rights(folder)) == ("700", "700")
    assert {rights(path) for path in folder.iterdir()} == {"600"}
    assert len(list(folder.iterdir())) == 3, "the database, -wal and -shm"
    connection.close()

    old = tmp_path / "old.sqlite3"
    sqlite3.connect(old).close()
    old.touch()
    for end in ("", "-wal", "-shm"):
        Path(f"{old}{end}").touch()
        Path(f"{old}{end}").chmod(0o644)
    before = rights(tmp_path)
    connection = connect(old)
    assert {rights(path) for path in tmp_path.glob("old*")} == {"600"}
    assert rights(tmp_path) == before, "a folder that others made keeps its rights"
    connection.close()


def test_a_folder_of_ours_loses_the_rights_of_others(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    folder.mkdir(mode=0o755)
    make_private_folder(folder)
    assert rights(folder) == "700"


def test_settings_make_nothing_and_the_data_folder_can_be_moved(checkout: Path, alone: dict[str, str]) -> None:
    names = ("SECRET_KEY", "DATABASE_URL", "LLM_JOURNAL_DIR")
    data = checkout.parent / "data"
    variables = {**alone, **dict.fromkeys(names, ""), "DATA_DIR": str(data), "PYTHONDONTWRITEBYTECODE": "1"}
    code = (
        "from djobea import settings as s; print(s.DATABASES['default']['NAME'], s.STATIC_ROOT, s.LLM['JOURNAL_DIR']); "
        "import os; print(os.path.exists(s.DATA_DIR)); print(len(str(s.SECRET_KEY)))"
    )
    ran = subprocess.run(  # noqa: S603  a line of our own
        [sys.executable, "-c", code], cwd=checkout, env=variables, text=True, capture_output=True, check=True
    )
    places, made, length = ran.stdout.splitlines()
    assert places.split() == [f"{data}/djobea.sqlite3", f"{data}/static", f"{data}/journal"]
    assert (made, length) == ("False", "86")
    assert [path.name for path in data.iterdir()] == ["secret_key"]
    assert not (checkout / "var").exists()
