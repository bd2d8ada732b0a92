"""Each vendor's answer, read by its own reader and priced, costs what it costs by hand. See golden/README.md."""

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from llm.adapters.claude.response import ClaudeReader
from llm.adapters.gemini.response import GeminiReader
from llm.adapters.openai.response import OpenAIReader
from llm.adapters.partial_response import Reader
from llm.core.calls import Attempt, Outcome
from llm.core.chat.request import ChatRequest, Role, message
from llm.core.chat.response import Metered
from llm.core.cost.value import Cost
from llm.gateway.token_meter import TokenMeter
from llm.stores.prices import price

GOLDEN = Path(__file__).with_name("golden")
RATES: dict[str, dict[str, str]] = json.loads((GOLDEN / "rates.json").read_text())
REPORTS: list[dict[str, Any]] = [json.loads(line) for line in (GOLDEN / "reports.jsonl").read_text().splitlines()]
NANO = Decimal("1e-9")
REQUEST = ChatRequest(messages=(message(Role.USER, "robinet " * 31 + "!!"),))
"""Of 250 characters: its input counts for 50 tokens where the vendor has not said a word about it."""


def reader_of(kind: str) -> Reader:
    if kind == "gemini":
        return GeminiReader(calls_before=0)
    return ClaudeReader() if kind == "claude" else OpenAIReader()


def attempt_at(report: dict[str, Any]) -> Attempt:
    """The attempt that the gateway would record of this answer."""
    reader, meter = reader_of(report["kind"]), TokenMeter(REQUEST)
    if report["stream"]:
        for event in report["answer"]:
            for delta in reader.event(event):
                meter.read(delta)
            meter.read(Metered(usage=reader.response.usage))
    else:
        reader.whole(report["answer"])
    if report["stream"] != "cut":
        meter.final(reader.response.usage)
    return Attempt(
        seq=1,
        provider=report["kind"],
        kind=report["kind"],
        model=report["model"],
        answered_model=reader.response.model,
        outcome=Outcome.OK,
        started_at=datetime.fromisoformat(report["at"]),
        duration_s=1,
        usage=meter.usage,
        estimated=meter.estimated,
    )


def cost_of(report: dict[str, Any]) -> Cost:
    return price(attempt_at(report))


def test_there_are_enough_reports_and_each_has_its_own_name() -> None:
    assert len(REPORTS) >= 150
    assert len({report["name"] for report in REPORTS}) == len(REPORTS)
    assert all(rates["source"] for rates in RATES.values())


def test_the_sums_in_the_table_are_right() -> None:
    for report in REPORTS:
        if report["usd"] is not None:
            rates = RATES[report["rates"]]
            sizes = {name: 1_000 if name == "web_searches" else 1_000_000 for name in report["terms"]}
            by_hand = sum(Decimal(rates[name]) * used / sizes[name] for name, used in report["terms"].items())
            assert abs(by_hand - Decimal(report["usd"])) <= NANO / 2, report["name"]


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report["name"])
def test_an_answer_costs_what_it_costs_by_hand(report: dict[str, Any]) -> None:
    cost = cost_of(report)
    assert cost.unpriced == report["unpriced"]
    if report["usd"] is None:
        assert cost.usd is None
    else:
        assert cost.usd is not None
        assert abs(cost.usd - Decimal(report["usd"])) <= NANO
        assert abs(sum(usd for _, usd in cost.parts) - cost.usd) <= NANO / 2


def test_what_cannot_be_priced_exactly_is_marked_as_an_estimate() -> None:
    estimated = {report["name"] for report in REPORTS if cost_of(report).estimated}
    cut = {report["name"] for report in REPORTS if report["stream"] == "cut" and "gemini" not in report["name"]}
    assert estimated == {
        *cut,
        "claude priority is paid as a commitment: plain rates",
        "openai tier that the model lacks: plain rates",
    }
