"""Every quick drill passes. `manage.py llm_drill --all` plays the slow ones, test_command.py the one with Redis."""

import pytest

from llm.drills import CATALOGUE, Runner, expectations
from llm.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)

QUICK = [name for name, drill in CATALOGUE.items() if not (drill.slow or drill.needs_redis)]


@pytest.mark.parametrize("name", QUICK)
def test_the_drill_passes(name: str, providers: list[str], sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expectations, "TOLERANCE_S", 10.0)  # so that a busy machine does not fail the test
    report = Runner(sim).play(CATALOGUE[name])
    assert report.passed, report.failures
