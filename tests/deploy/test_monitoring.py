"""The dashboards and alert rules that are shipped: they ask only for metrics that the product has, and they work."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from llm.services.metrics import families
from llm.services.metrics.families import Money
from llm.stores.usage.totals import Attempts, Failovers
from tests.commands.running import PROJECT
from tests.services.metrics.test_families import NOTHING, all_families

DEPLOY = PROJECT / "deploy"
DASHBOARDS = sorted((DEPLOY / "grafana").glob("*.json"))
RULES = DEPLOY / "prometheus" / "alerts.yml"
PROMTOOL = os.environ.get("PROMTOOL") or shutil.which("promtool")


def offered() -> dict[str, set[str]]:
    """Every name of a sample, with its labels, that the product can show."""
    attempt = Attempts(provider="claude", error_class="timeout", attempts=1, failed=1)
    failover = Failovers(origin="claude", to="gemini", why="timeout", calls=1)
    totals = replace(NOTHING, attempts=(attempt,), failovers=(failover,))
    found = {
        sample.name: set(sample.labels) for metric in all_families(totals, ["claude"]) for sample in metric.samples
    }
    return found | {
        metric.name: set(metric._labelnames)
        for metric in families.of_money(Money())  # samples need accounts
    }


def expressions() -> list[tuple[str, str]]:
    """Where each query stands, and the query."""
    found = []
    for path in DASHBOARDS:
        for panel in json.loads(path.read_text())["panels"]:
            found += [(f"{path.stem}: {panel['title']}", target["expr"]) for target in panel["targets"]]
    for group in yaml.safe_load(RULES.read_text())["groups"]:
        found += [(rule["alert"], rule["expr"]) for rule in group["rules"]]
    return found


@pytest.mark.parametrize(("where", "expression"), expressions())
def test_each_query_asks_for_metrics_and_labels_that_there_are(where: str, expression: str) -> None:
    known = offered()
    asked = set(re.findall(r"\bllm_[a-z_]+", expression))
    assert asked
    assert asked <= set(known), where
    labels = {label for group in re.findall(r"\{([^}]*)\}", expression) for label in re.findall(r"(\w+)=", group)}
    labels |= {name for by in re.findall(r"by \(([^)]*)\)", expression) for name in by.split(", ")}
    assert labels - {"instance"} <= set().union(*(known[name] for name in asked)), where


def test_there_are_three_dashboards_and_twelve_rules_each_with_a_test() -> None:
    assert [path.stem for path in DASHBOARDS] == ["consumer", "money", "operator"]
    rules = {rule["alert"] for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]}
    played = {test["name"] for test in yaml.safe_load((RULES.parent / "alerts_test.yml").read_text())["tests"]}
    assert len(rules) == 12
    assert rules == played


@pytest.mark.skipif(PROMTOOL is None, reason="no promtool on the PATH, and PROMTOOL names none")
def test_each_alert_fires_and_clears_in_prometheus_own_evaluation() -> None:
    command = [str(PROMTOOL), "test", "rules", "alerts_test.yml"]
    ran = subprocess.run(command, cwd=RULES.parent, capture_output=True, text=True, check=False)  # noqa: S603  our own
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_no_dashboard_names_an_address_or_a_data_source_of_its_own() -> None:
    for path in DASHBOARDS:
        text = Path(path).read_text()
        assert "://" not in text
        assert set(re.findall(r'"uid": "(\$\{datasource\}|prom[^"]*)"', text)) == {"${datasource}"}
