"""What the tests of Idempotency-Keys share: requests, one key, and how often vendors were asked."""

import httpx2

from llm.models import Call
from llm.simulator import Simulator

CHAT = "/v1/chat/completions"
ASK = {"model": "default", "messages": [{"role": "user", "content": "My tap is leaking"}]}
STREAM = {**ASK, "stream": True}
KEY = {"Idempotency-Key": "order-7"}
REPLAYED = "Idempotent-Replayed"


def asked(sim: Simulator) -> int:
    """The calls that all vendors together have seen."""
    return sum(sim.calls(name) for name in ("claude", "gemini", "openai"))


def warm(http: httpx2.Client, sim: Simulator) -> None:
    """The first request of a process imports the SDKs, which takes longer than a hasty client waits."""
    assert http.post(CHAT, json=ASK).status_code == 200
    Call.objects.all().delete()
    sim.forget()
