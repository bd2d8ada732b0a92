"""A caller of the live server who leaves while the vendor is at work."""

import json
from collections.abc import Mapping

from llm.simulator import Simulator
from tests.conftest import Live
from tests.djobea.intake.raw import connected
from tests.waiting import eventually


def leaves_during(live: Live, sim: Simulator, path: str, body: object, headers: Mapping[str, str]) -> None:
    """Asks, and hangs up when Claude has the call. Claude's answer is late by a minute."""
    sim.reply("claude", latency=60)
    content = json.dumps(body).encode()
    with connected(live) as client:
        client.request("POST", path, {**headers, "Content-Length": str(len(content))}, content)
        assert eventually(lambda: sim.counts("claude").open == 1)
