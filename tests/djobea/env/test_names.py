"""Which variables are named as not read, and what is suggested for them."""

from collections.abc import Collection

import pytest
from django.conf import settings

from djobea.env.names import unknown_names


def named(process: Collection[str] = (), file: Collection[str] = ()) -> dict[str, str]:
    return {found.name: found.meant for found in unknown_names(process, file, settings.KNOWN_VARIABLES)}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("LLM_PRIORTY", "LLM_PRIORITY"),
        ("LLM_PRIORITIES", "LLM_PRIORITY"),
        ("LLM_DEADLINE", "LLM_DEADLINE_S"),
        ("LLM_DEADLINE_MS", "LLM_DEADLINE_S"),
        ("LLM_SECRET_KEY", "LLM_SECRET_KEYS"),
        ("LLM_ALERT_EMAIL", "LLM_ALERT_EMAILS"),
        ("LLM_RETENTION", "LLM_RETENTION_DAYS"),
        ("LLM_USER_PATH", ""),
        ("LLM_PORT", ""),
        ("ANTHROPIC_API_KEYS", "ANTHROPIC_API_KEY"),
        ("ANTHROPIC_APIKEY", "ANTHROPIC_API_KEY"),
        ("OPENAI_BASEURL", "OPENAI_BASE_URL"),
        ("GEMINI_MODLE", "GEMINI_MODEL"),
    ],
)
def test_a_name_that_is_not_read_is_told_wherever_it_is_set(name: str, meant: str) -> None:
    assert named(process=[name]) == named(file=[name]) == {name: meant}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("DATABASE_URI", "DATABASE_URL"),
        ("ALLOWED_HOST", "ALLOWED_HOSTS"),
        ("anthropic_api_key", "ANTHROPIC_API_KEY"),
        ("llm_priority", "LLM_PRIORITY"),
    ],
)
def test_in_the_file_every_near_name_is_told(name: str, meant: str) -> None:
    assert named(file=[name]) == {name: meant}
    assert named(process=[name]) == {}


@pytest.mark.parametrize(
    "names",
    [
        ["LLM_SERVICE_HOST", "LLM_SERVICE_PORT", "LLM_PORT", "LLM_PORT_80_TCP", "LLM_PORT_80_TCP_ADDR"],
        ["LLM_SIMULATOR_PORT_8099_TCP_PROTO", "LLM_SERVICE_PORT_HTTP"],
        ["OPENAI_API_KEY_2", "OPENAI_API_KEY2", "OPENAI_ORG_ID", "OPENAI_API_BASE", "ANTHROPIC_AUTH_TOKEN"],
        ["GROQ_API_KEY", "POSTGRES_PASSWORD", "PATH", "GOOGLE_APPLICATION_CREDENTIALS", "DATABASE_URL_TEST"],
    ],
)
def test_other_programs_names_are_left_alone(names: list[str]) -> None:
    assert named(process=names) == named(file=names) == {}


def test_no_variable_that_is_read_is_named() -> None:
    assert named(process=settings.KNOWN_VARIABLES, file=settings.KNOWN_VARIABLES) == {}
