"""`llm_alerts test`."""

from typing import Any

import pytest

from tests.alerts.receivers import hook_server
from tests.commands.running import Run

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_says_of_each_channel_what_came_back(run: Run, settings: Any) -> None:
    with hook_server() as hook:
        settings.LLM_ALERTS = {"WEBHOOK_URL": hook.url}
        done = run("llm_alerts", "test")
        assert (done.code, done.out.split("\n")[1].split()[:2]) == (0, ["webhook", "delivered"])
    settings.LLM_ALERTS = {"WEBHOOK_URL": "http://127.0.0.1:1/hook"}
    assert run("llm_alerts", "test").code == 1


def test_without_a_channel_it_names_the_variables(run: Run, settings: Any) -> None:
    settings.LLM_ALERTS = {}
    done = run("llm_alerts", "test")
    assert done.code == 2
    assert "LLM_ALERT_WEBHOOK_URL" in done.err
