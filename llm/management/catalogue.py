"""What `llm_providers add` asks and shows: the key, the list of models, and what the chosen one can do."""

import argparse
import getpass
import os
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TextIO

from llm.management.base import Error
from llm.management.show import UNKNOWN, table
from llm.services.catalogue.capabilities.report import CapabilityReport, Finding
from llm.services.catalogue.lists import ModelState
from llm.services.catalogue.models import Offer, OfferedModel
from llm.vendors.preset import Preset

WORDS = {Finding.YES: "yes", Finding.NO: "NO", Finding.UNCLEAR: "unclear"}


def key_of(preset: Preset, variable: str | None, stdin: TextIO) -> str:
    """The key: from `variable`, else from the vendor's own variable, else from stdin, asked for on a terminal.

    Raises Error for a variable that is not set.
    """
    if variable:
        if not os.environ.get(variable, "").strip():
            raise Error(f"The variable {variable} is not set.")
        return os.environ[variable].strip()
    if preset.key_variable and os.environ.get(preset.key_variable, "").strip():
        return os.environ[preset.key_variable].strip()
    if not preset.needs_key:
        return ""
    if stdin.isatty():
        return getpass.getpass(f"Key for {preset.label}: ").strip()
    return stdin.readline().strip()


def values_of(pairs: Sequence[str]) -> Mapping[str, str]:
    """`resource=djobea` as a mapping. Raises Error for text without an equals sign."""
    for pair in pairs:
        if "=" not in pair:
            raise Error(f"--set takes NAME=VALUE, not {pair!r}.")
    return dict(pair.split("=", 1) for pair in pairs)


def chosen(offer: Offer, stdin: TextIO, out: Any) -> str:
    """The model that the operator chooses from the list, by number or name. Raises Error where nobody can be asked."""
    if offer.failure is not None:
        raise Error(f"The models could not be listed: {offer.failure.error_class}, {offer.failure.message}")
    if not stdin.isatty():
        how = (
            "Name one of its models with --model" if offer.has_list else "This vendor lists none: name it with --model"
        )
        raise Error(f"A model must be chosen. {how}; `--list` shows them.")
    if not offer.has_list:
        return input("Model (this vendor lists none): ").strip()
    out.write(models_table(offer.models))
    said = input(f"Model, 1 to {len(offer.models)} or its name: ").strip()
    if said.isdecimal() and 1 <= int(said) <= len(offer.models):
        return offer.models[int(said) - 1].id
    if said not in {model.id for model in offer.models}:
        raise Error(f"The list has no model {said!r}.")
    return said


def models_table(models: Sequence[OfferedModel]) -> str:
    """The models with their prices."""
    rows = [
        (str(place), model.id, _usd(model.input_usd), _usd(model.output_usd), _window(model.context_window))
        for place, model in enumerate(models, start=1)
    ]
    return table(("#", "model", "USD/M in", "USD/M out", "window"), rows)


def report_text(report: CapabilityReport) -> str:
    """The seven findings, and what the test took."""
    rows = [
        (found.probe, WORDS[found.finding], UNKNOWN if found.ms is None else f"{found.ms:.0f} ms", found.detail)
        for found in report.findings
    ]
    cost = "its price is not known" if report.cost_usd is None else f"{report.cost_usd:.6f} USD"
    spent = f"{report.model}: tested in {report.elapsed_s:.1f} s; {report.tokens} tokens, {cost}."
    return f"{table(('can it', '', 'took', 'why not'), rows)}\n\n{spent}"


def presets_table(presets: Sequence[Preset]) -> str:
    """The vendors of the catalogue."""
    rows = [
        (row.name, row.label, row.address, row.key_variable or "no key", row.residency or UNKNOWN) for row in presets
    ]
    return table(("preset", "vendor", "address", "key from", "where"), rows)


def states_table(states: Sequence[ModelState]) -> str:
    """The listed models, and who serves them."""
    rows = [
        (state.account, state.model, _state(state), ", ".join(state.served_by), ", ".join(state.routes))
        for state in states
    ]
    return table(("account", "model", "state", "served by", "routes"), rows)


def _state(state: ModelState) -> str:
    if state.is_gone:
        return "GONE"
    if state.served_by:
        return "serving"
    return f"new since {state.first_seen:%Y-%m-%d}, off" if state.is_new else "off"


def _usd(amount: Decimal | None) -> str:
    return UNKNOWN if amount is None else f"{amount.normalize():f}"


def _window(tokens: int | None) -> str:
    return UNKNOWN if tokens is None else f"{tokens:,}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `add`."""
    parser.add_argument("--model", default="", help="add: the model; without it the list is shown to choose from.")
    parser.add_argument("--name", default="", help="add: the provider's name; default: the preset's.")
    parser.add_argument("--key-env", metavar="VAR", help="add: the variable that holds the key; default: stdin.")
    parser.add_argument("--base-url", default="", help="add: an address in place of the preset's.")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="add: a blank of the preset's address."
    )
    parser.add_argument("--like", metavar="PROVIDER", help="add: another model of this provider's account.")
    parser.add_argument("--priority", type=int, default=100, help="add: lower is asked first; default 100.")
    parser.add_argument("--disabled", action="store_true", help="add: do not serve yet.")
    parser.add_argument("--list", action="store_true", dest="only_list", help="add: show the models and stop.")


def stdin() -> TextIO:
    """The terminal or the pipe, looked up late so that tests can replace it."""
    return sys.stdin
