"""Every quick drill holds. The slow ones are played by `manage.py llm_drill --all`, Redis's in test_command.py."""

import pytest

from llm.drills import CATALOGUE, Runner, expecting
from llm.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)

QUICK = [name for name, drill in CATALOGUE.items() if not (drill.slow or drill.needs_redis)]


@pytest.mark.parametrize("name", QUICK)
def test_the_drill_holds(name: str, providers: list[str], sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expecting, "SLACK_S", 10.0)  # what is promised is tested here, not how busy the machine is
    report = Runner(sim).play(CATALOGUE[name])
    assert report.held, report.broken
