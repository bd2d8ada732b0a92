"""`manage.py llm_drill`, as an operator runs it."""

import json
import shutil

import pytest

from tests.commands.running import Manage, Run, finished


def test_the_list_names_every_drill(run: Run) -> None:
    told = run("llm_drill", "--list")
    assert told.code == 0
    assert "claude_out_of_credit" in told.out
    assert "slow  Claude says 503 for a minute" in told.out


def test_no_name_and_a_wrong_name_are_mistakes(run: Run) -> None:
    assert run("llm_drill").code == 2
    wrong = run("llm_drill", "no_such_drill")
    assert wrong.code == 2
    assert "no_such_drill" in wrong.err


def test_a_drill_is_played_on_a_product_of_its_own(manage: Manage) -> None:
    done = finished(manage("llm_drill", "claude_out_of_credit", "redis_gone_and_back"))
    assert done.code == 0, done.out + done.err
    assert "claude_out_of_credit  Claude says 400" in done.out
    assert "the next ones      20 gemini  0              20      0" in done.out
    assert "skipped: needs REDIS_URL" in done.out
    assert "1 held, 0 did not, 1 skipped." in done.out


def test_the_report_as_json(manage: Manage) -> None:
    done = finished(manage("llm_drill", "server_error_once", "--json"))
    assert done.code == 0, done.err
    (drill,) = json.loads(done.out)["drills"]
    assert drill["held"] is True
    assert drill["scenes"][0]["answers"] == {"claude": 1}
    assert drill["scenes"][0]["calls"] == {"claude": 2, "gemini": 0, "openai": 0}


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed")
def test_redis_is_killed_and_started_again(manage: Manage) -> None:
    done = finished(manage("llm_drill", "redis_gone_and_back", REDIS_URL="redis://127.0.0.1:1/0"))
    assert done.code == 0, done.out + done.err
    assert "1 held, 0 did not, 0 skipped." in done.out
