"""A wrong value is refused with one sentence: it names the variable and what is right, and repeats no secret."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import environ
import pytest
from django.core.exceptions import ImproperlyConfigured

from djobea import env as read
from djobea.env.keys import secret_key

Reader = Callable[[environ.Env], Any]


def database(env: environ.Env) -> dict[str, Any]:
    return read.database(env, Path("var"))


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Callable[..., read.Environment]:
    """An environment with these variables alone."""

    def given(**variables: str) -> read.Environment:
        monkeypatch.setattr(read.Environment, "ENVIRON", variables)
        return read.Environment()

    return given


Given = Callable[..., read.Environment]


@pytest.mark.parametrize(
    ("reader", "name", "values", "words"),
    [
        (lambda env: read.number(env, "X", 1.0), "X", ["abc", "-1", "0", "nan", "inf", "1,5"], "greater than 0"),
        (lambda env: read.number(env, "X_S", 1.0, most=60), "X_S", ["61", "1e10"], "at most 60"),
        (
            lambda env: read.host_names(env, "ALLOWED_HOSTS"),
            "ALLOWED_HOSTS",
            ["http://x.com/", "x.com/", "x.com:8000", "a b", "a.com,https://b.com"],
            "without scheme, port and path",
        ),
        (read.sentry, "SENTRY_DSN", ["foo", "https://host/1", "ftp://key@host/1", "https://key@host"], "key@host"),
        (lambda env: read.whole(env, "X", 1, most=10), "X", ["0.5", "1.5", "x"], "whole number"),
        (lambda env: read.flag(env, "X", False), "X", ["maybe", "s3cret-as-long-as-a-key"], "true or false"),
        (lambda env: read.rate(env, "X", "1/min"), "X", ["ten", "10", "10/", "0/min", "10/year", "-1/s"], "number/sec"),
        (read.log_level, "LOG_LEVEL", ["loud"], "WARNING"),
        (
            database,
            "DATABASE_URL",
            ["mysql://u:s3cret@h/db", "u:s3cret@h/db", "//u:s3cret@h/db", "postgre://u:s3cret@h/db", "s3cret"],
            "must begin with postgres:// or sqlite:///",
        ),
        (
            database,
            "DATABASE_URL",
            [
                "postgres://u:s3/cret@h/db", "postgres://u:1/s3cret@h/db", "postgres://u:s3#cret@h/db",
                "postgres://u:s3?cret@h/db", "postgres://u:s3cret@h:port/db", "postgres://u:s3cret@h:70000/db",
                "postgres://u:s3cret@h", "postgres://u:s3cret@h/", "postgres://u:s3cret@my host/db",
                "postgres://u:s3cret@[h/db", "postgres://u:s3,c/ret@h/db", "postgres://u:p@h/db?sslmod=s3cret",
            ],
            "postgres://user:password@host:5432/name",
        ),
        (database, "DATABASE_URL", ["sqlite://db.sqlite3", "sqlite://var/db.sqlite3"], "three slashes"),
        (
            read.redis_address,
            "REDIS_URL",
            [
                "localhost:6379", "http://h", "redis:/h", "redis://:s3cret@h:port/0", "redis://h:70000", "redis://h/db",
                "redis://:s3/cret@h:6379/0", "redis://:s3#cret@h:6379/0", "redis://h/0?db=x", "redis://my host/0",
            ],
            "redis://:password@host:6379/0",
        ),
        (
            read.mail,
            "EMAIL_URL",
            ["s3cret", "smtp.example.com:25", "http://h", "smtp://u:s3/cret@h:25", "smtp+tls://", "smtp://h:port"],
            "smtp+tls://user:password@host:587",
        ),
        (read.broker, "CELERY_BROKER_URL", ["s3cret", "redis://u:s3/cret@h/0", "redis://h h/0"], "redis://"),
        (
            read.vendors,
            "ANTHROPIC_BASE_URL",
            [
                "s3cret", "api.example.com", "api.example.com/v1", "ftp://h", "htps://h", "https:/h", "https://",
                "https://h:port", "https://h:0", "https://[h", "https://u:s3cret@h", "https://h?key=s3cret", "https://h#x",
                "https://h/a\tb", "https:// h",
            ],
            "must begin with https:// or http://",
        ),
        (read.vendors, "OPENAI_API_KEY", ["s3 cret", "s3cr\u00e9t", "s3\ncret", "s3cret\u200b"], "one word"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_by_name(
    reader: Reader, name: str, values: list[str], words: str, given: Given
) -> None:
    for value in values:
        with pytest.raises(ImproperlyConfigured) as refused:
            reader(given(**{name: value}))
        sentence = str(refused.value)
        assert sentence.startswith(f"{name} must "), value
        assert words in sentence, value
        assert "s3" not in sentence
        assert refused.value.__cause__ is None
        assert refused.value.__suppress_context__ or refused.value.__context__ is None, value


def test_a_misspelt_scheme_gets_a_suggestion(given: Given) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"Did you mean postgres://\?"):
        database(given(DATABASE_URL="postgre://h/db"))


@pytest.mark.parametrize(
    ("reader", "name", "value"),
    [
        (lambda env: read.number(env, "X", 1.0), "X", " "),
        (lambda env: read.whole(env, "X", 1, most=5), "X", "5"),
        (lambda env: read.rate(env, "X", "1/min"), "X", "10/second"),
        (database, "DATABASE_URL", "postgres://u:p%2Fw@h:5432/db?sslmode=require"),
        (database, "DATABASE_URL", "postgres://u:p@[::1]:5432/db"),
        (database, "DATABASE_URL", "postgres://u:p@one,two:5433/db"),
        (database, "DATABASE_URL", "postgres:////var/run/postgresql/db"),
        (database, "DATABASE_URL", "sqlite://:memory:"),
        (read.redis_address, "REDIS_URL", "rediss://u:p%2Fw@h:6379/1"),
        (read.redis_address, "REDIS_URL", "redis://h"),
        (read.redis_address, "REDIS_URL", "unix:///run/redis.sock?db=1"),
        (read.mail, "EMAIL_URL", "smtp+tls://u:p%2Fw@h:587"),
        (read.mail, "EMAIL_URL", "consolemail://"),
        (read.broker, "CELERY_BROKER_URL", "amqp://u:p@h//"),
        (lambda env: read.host_names(env, "X"), "X", "llm.example.com, .example.org,[::1],10.0.0.7,my_host,*"),
        (read.vendors, "OPENAI_BASE_URL", "http://vllm:8000/v1"),
        (read.vendors, "OPENAI_API_KEY", '$sk-"it\'s"'),
    ],
)
def test_a_right_value_is_taken(reader: Reader, name: str, value: str, given: Given) -> None:
    reader(given(**{name: value}))


def test_a_value_with_a_dollar_is_a_value(given: Given) -> None:
    assert given(SECRET_KEY="$s3cret").str("SECRET_KEY") == "$s3cret"


def test_the_reader_knows_what_it_was_asked_for(given: Given) -> None:
    env = given()
    read.flag(env, "ONE", True)
    env.str("TWO", default="x")
    assert env.names == {"ONE", "TWO"}


def test_a_secret_key_is_made_once_and_an_empty_file_is_filled(tmp_path: Path) -> None:
    (tmp_path / "secret_key").touch()
    key = secret_key(tmp_path)
    assert not read.is_weak(key)
    assert secret_key(tmp_path) == key == (tmp_path / "secret_key").read_text()


def test_a_secret_key_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    secret_key(tmp_path / "var")
    assert (tmp_path / "var" / "secret_key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ImproperlyConfigured, match="cannot be used"):
        secret_key(tmp_path / "file" / "var")
