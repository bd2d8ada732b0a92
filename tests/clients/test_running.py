"""How a client is run: what is skipped, and what a snippet or a program that goes wrong comes to."""

import shutil
import sys
from pathlib import Path

import pytest

from clients import running
from clients.features import Feature, FeatureOutcome
from clients.product import Product
from clients.running import Client, results_of, trouble_of
from clients.snippets import Snippet

PRODUCT = Product(url="http://127.0.0.1:9", stage_url="http://127.0.0.1:9", key="none")


def _trouble(code: str) -> str:
    snippet = Snippet(client="any", language="python", line=1, code=code)
    return trouble_of(snippet, PRODUCT.environment, python=Path(sys.executable))


def test_without_node_a_javascript_client_is_skipped_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    (only,) = results_of(Client(name="Vercel AI SDK", program="vercel_ai.mjs"), PRODUCT)
    assert (only.outcome, only.note) == (FeatureOutcome.SKIPPED, "node is not installed")


def test_a_client_without_a_snippet_on_the_page_fails() -> None:
    (only,) = results_of(Client(name="telegraph"), PRODUCT)
    assert (only.outcome, only.feature) == (FeatureOutcome.FAIL, Feature.SNIPPET)


def test_a_program_that_dies_is_a_failure_and_keeps_what_it_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    python = tmp_path / "python"
    told = '{"vendor": "claude", "feature": "plain", "outcome": "pass", "note": ""}'
    python.write_text(f"#!/bin/sh\necho '{told}'\nexit 3\n")
    python.chmod(0o755)
    monkeypatch.setattr(running, "PYTHON", python)
    monkeypatch.setattr(running, "of_the_page", lambda: (Snippet(client="any", language="sh", line=1, code=SAYS),))
    outcomes = [(r.vendor, r.outcome) for r in results_of(Client(name="any", program="any.py"), PRODUCT)]
    assert outcomes == [("", FeatureOutcome.PASS), ("claude", FeatureOutcome.PASS), ("", FeatureOutcome.FAIL)]


SAYS = "echo '[simulated Claude] Hello!'\n"


def test_a_snippet_must_end_well_and_print_a_vendors_answer() -> None:
    assert _trouble("print('[simulated Claude] Hello!')") == ""
    assert "no vendor's answer" in _trouble("print('Hello!')")
    assert "exit code 1" in _trouble("raise SystemExit('broken')")
    assert "it prints" in _trouble("print('[simulated Claude] Hel', 'broken off: cut', sep='\\n')")
