"""The drills of routing: each can be played, and what it says of the strategies holds. Simulated clocks only."""

import json
import sys

import pytest

from bench.routing import __main__ as command
from bench.routing.accounts import Bucket, Knowledge, Rolling
from bench.routing.drills import DRILLS

PLAYED = {"limits", "latency"}
"""Those of a second or two. What the others show stands in tables of `tests/core/routing/`."""


@pytest.mark.parametrize("drill", [each for each in DRILLS if each.name in PLAYED], ids=lambda each: each.name)
def test_the_aims_hold(drill: object) -> None:
    result = drill.play(1)  # type: ignore[attr-defined]
    assert result.rows
    assert [aim.aim for aim in result.aims if not aim.holds and "CPU" not in aim.aim] == []


def test_names_are_unique_and_json_has_each_drill(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len({drill.name for drill in DRILLS}) == len(DRILLS)
    monkeypatch.setattr(sys, "argv", ["bench.routing", "--drill", "limits", "--json"])
    command.main()
    shown = json.loads(capsys.readouterr().out)
    assert [row["strategy"] for row in shown["limits"]["rows"]] == ["capacity", "priority", "weighted"]


class TestAccounts:
    """The simulated limits refuse as the vendors' do."""

    def test_a_bucket_comes_back_all_the_time(self) -> None:
        bucket = Bucket(60)
        assert [bucket.take(0.0) for _ in range(61)] == [True] * 60 + [False]
        assert (bucket.wait_s(0.0), bucket.take(1.0), bucket.take(1.0)) == (1.0, True, False)

    def test_a_rolling_minute_comes_back_as_its_requests_grow_old(self) -> None:
        rolling = Rolling(2)
        assert [rolling.take(at) for at in (0.0, 30.0, 59.0, 60.0, 61.0)] == [True, True, False, True, False]

    def test_a_refusal_shows_the_limit_that_no_header_tells(self) -> None:
        known = Knowledge(Rolling(2))
        for at in (0.0, 1.0, 2.0):
            known.asks(at)
        assert known.capacity(2.0).requests is None
        known.refused(2.0)
        left = known.capacity(2.0).requests
        assert left is not None
        assert (left.left, left.limit) == (0.0, 2.0)
