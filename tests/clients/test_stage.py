"""The stage: what the check programs may ask for, over HTTP."""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from clients.stage import PIXEL, Stage, serving
from llm.simulator import Simulator

ASKED = {
    "claude": ("/v1/messages", {"model": "claude-sonnet-5-5", "max_tokens": 900}),
    "openai": ("/chat/completions", {"model": "gpt-6.1-terra", "stream_options": {"include_usage": True}}),
}
KEYS = {"x-api-key": "any", "anthropic-version": "2023-06-01", "Authorization": "Bearer any"}


@pytest.fixture
def url(sim: Simulator) -> Iterator[str]:
    with serving(Stage(vendors_url=sim.origin, product_url="http://127.0.0.1:9", admin_key="none")) as origin:
        yield origin


def _get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310  loopback
        return json.loads(answer.read())


@pytest.mark.parametrize("vendor", ASKED)
def test_a_vendor_counts_the_tokens_of_its_last_request(url: str, sim: Simulator, vendor: str) -> None:
    path, body = ASKED[vendor]
    messages = [{"role": "user", "content": "My tap is leaking"}]
    request = urllib.request.Request(  # noqa: S310  loopback
        sim.url(vendor) + path,
        json.dumps({**body, "messages": messages, "stream": True}).encode(),
        {**KEYS, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  loopback
        streamed = answer.read().decode()
    counted = _get(f"{url}/counted?vendor={vendor}")
    assert counted["input"] == 5  # 17 characters
    assert counted["output"] > 10
    assert f'tokens":{counted["output"]}' in streamed.replace(" ", "")


def test_a_broken_vendor_fails_as_asked(url: str, sim: Simulator) -> None:
    _get(f"{url}/break?vendor=gemini&fault=cut&chunks=2")
    shown = _get(f"{sim.origin}/_sim")["accounts"]
    assert [shown[name]["fault"] for name in ("claude", "gemini", "openai")] == ["ok", "cut", "ok"]


def test_the_image_has_a_head_and_a_body(url: str) -> None:
    for method, body in (("HEAD", b""), ("GET", PIXEL)):
        request = urllib.request.Request(f"{url}/tap.png", method=method)  # noqa: S310  loopback
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  loopback
            assert answer.headers["Content-Type"] == "image/png"
            assert int(answer.headers["Content-Length"]) == len(PIXEL)
            assert answer.read() == body
