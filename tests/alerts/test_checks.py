"""`manage.py check` names an invalid alert setting before the worker fails on it."""

from typing import Any

import pytest
from django.core.checks import run_checks

GOOD = {"EMAILS": ["ops@example.com"], "WEBHOOK_URL": "https://hooks.example.com/x", "WEBHOOK_SECRET": "s"}


def ids() -> list[str]:
    return [message.id or "" for message in run_checks() if (message.id or "").startswith("llm.")]


def test_good_settings_and_none_at_all_are_silent(settings: Any) -> None:
    for alerts in ({}, GOOD):
        settings.LLM_ALERTS = alerts
        assert ids() == []


@pytest.mark.parametrize(
    ("alerts", "named"),
    [
        ({"EMAILS": ["nobody"]}, "LLM_ALERT_EMAILS"),
        ({"WEBHOOK_URL": "ftp://hooks.example.com"}, "LLM_ALERT_WEBHOOK_URL"),
        ({"LANGUAGE": "de"}, "LLM_ALERT_LANGUAGE"),
        ({"PAGER": "x"}, "PAGER"),
    ],
)
def test_a_bad_setting_is_an_error_that_names_it(settings: Any, alerts: dict[str, Any], named: str) -> None:
    settings.LLM_ALERTS = alerts
    [message] = [message for message in run_checks() if message.id == "llm.E002"]
    assert named in message.msg


def test_a_secret_without_a_webhook_is_a_warning(settings: Any) -> None:
    settings.LLM_ALERTS = {"WEBHOOK_SECRET": "s"}
    assert ids() == ["llm.W002"]
