"""docs/clients.md is true: its blocks for curl and the Python SDKs run as they stand. `make clients` runs them all."""

import shutil
import sys
from pathlib import Path

import pytest

from clients.running import CLIENTS, trouble_of
from clients.snippets import Snippet, of_the_page
from llm.simulator import Simulator
from tests.conftest import Live, Person

RUN_HERE = ("curl", "OpenAI SDK, Python", "Anthropic SDK, Python")
"""Those whose packages the product has anyway."""

HERE = [
    pytest.param(snippet, id=f"{snippet.client}, line {snippet.line}")
    for snippet in of_the_page()
    if snippet.client in RUN_HERE
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("snippet", HERE)
def test_a_snippet_runs_as_it_stands(
    snippet: Snippet, live: Live, consumer: Person, providers: list[str], sim: Simulator
) -> None:
    if snippet.language == "sh" and shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    variables = {"DJOBEA_URL": live.url, "DJOBEA_KEY": consumer.key}
    assert trouble_of(snippet, variables, python=Path(sys.executable)) == ""
    assert sim.calls("claude") >= 1


@pytest.mark.django_db(transaction=True)
def test_a_snippet_that_got_no_answer_is_found_out(
    live: Live, consumer: Person, providers: list[str], sim: Simulator
) -> None:
    snippet = next(s for s in of_the_page() if s.client == "OpenAI SDK, Python")
    for name in providers:
        sim.fault(name, "credit")
    variables = {"DJOBEA_URL": live.url, "DJOBEA_KEY": consumer.key}
    assert "no answer: 503 no_answer" in trouble_of(snippet, variables, python=Path(sys.executable))
    stranger = {**variables, "DJOBEA_KEY": "djb_nobody"}
    assert "401" in trouble_of(snippet, stranger, python=Path(sys.executable))


def test_every_client_has_a_snippet_and_every_snippet_a_client() -> None:
    assert {snippet.client for snippet in of_the_page()} == {client.name for client in CLIENTS}
    assert {snippet.language for snippet in of_the_page()} == {"sh", "python", "js"}
