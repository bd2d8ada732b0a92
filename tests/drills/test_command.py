"""`manage.py llm_drill`, as an operator runs it."""

import io
import json
import shutil
from argparse import Namespace

import pytest

from llm.drills import CATALOGUE, Runner
from llm.management.base import Exit
from llm.management.commands.llm_drill import Command
from llm.simulator import Simulator
from tests.commands.running import Manage, Run, finished

REDIS_SERVER = shutil.which("redis-server")


def test_the_list_names_every_drill(run: Run) -> None:
    ran = run("llm_drill", "--list")
    assert ran.code == 0
    assert "claude_out_of_credit" in ran.out
    assert "slow  Claude says 503 for a minute" in ran.out


def test_no_name_and_a_wrong_name_are_mistakes(run: Run) -> None:
    assert run("llm_drill").code == 2
    wrong = run("llm_drill", "no_such_drill")
    assert wrong.code == 2
    assert "no_such_drill" in wrong.err


def test_drills_are_played_in_a_sandbox_which_kills_and_restarts_its_own_redis(manage: Manage) -> None:
    ran = finished(
        manage("llm_drill", "claude_out_of_credit", "redis_gone_and_back", "--json", REDIS_URL="redis://127.0.0.1:1/0")
    )
    assert ran.code == 0, ran.out + ran.err
    credit, redis = json.loads(ran.out)["drills"]
    assert credit["held"] is True
    assert [scene["answers"] for scene in credit["scenes"]] == [{"gemini": 1}, {"gemini": 20}]
    assert credit["scenes"][0]["calls"] == {"claude": 1, "gemini": 1, "openai": 0}
    first = credit["expectations"][0]
    assert (first["says"], first["otherwise"]) == ("the first request: gemini answers", "")
    assert first["promise"]["values"] == {"provider": "gemini"}
    assert (redis["held"], redis["skipped"] == "") == (True, REDIS_SERVER is not None)


@pytest.mark.django_db(transaction=True)
def test_the_report_as_text(providers: list[str], sim: Simulator) -> None:
    out = io.StringIO()
    drills = [CATALOGUE[name] for name in ("claude_out_of_credit", "redis_gone_and_back")]
    code = Command(stdout=out, no_color=True).play_all(Runner(sim), drills, Namespace(json=False))
    assert code is Exit.OK
    text = out.getvalue()
    assert "claude_out_of_credit  Claude says 400" in text
    assert "the next ones      20 gemini  0              20      0" in text
    assert "  passed  the first request: gemini answers\n" in text
    assert "skipped: REDIS_URL is not set" in text
    assert text.endswith("1 passed, 0 failed, 1 skipped.\n")
