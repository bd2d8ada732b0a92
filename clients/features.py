"""What is asked of every client, how a check ends, and the table of it all. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

VENDORS = ("claude", "gemini", "openai")


class Feature(StrEnum):
    """The columns of the table; the values are what the check programs print."""

    SNIPPET = "snippet"
    PLAIN = "plain"
    STREAM = "stream"
    TOOLS = "tools"
    SCHEMA = "schema"
    IMAGE = "image"
    IMAGE_LINK = "image link"
    USAGE = "usage"
    ERRORS = "errors"
    LIMIT = "limit"
    BUDGET = "budget"
    RESUMED = "resumed"
    CUT = "cut"


WIDTHS = {feature: max(len(feature), len("pass")) + 2 for feature in Feature}


class FeatureOutcome(StrEnum):
    """How a check ended. `SKIPPED`: the client could not be run on this machine."""

    PASS = "pass"  # noqa: S105  an outcome
    FAIL = "FAIL"
    SKIPPED = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One check of one client. `vendor` is who was asked, "" for the snippets of the documentation."""

    client: str
    vendor: str
    feature: Feature
    outcome: FeatureOutcome
    note: str = ""


def failed(results: Iterable[Result]) -> bool:
    """Whether any check failed."""
    return any(result.outcome is FeatureOutcome.FAIL for result in results)


def table(results: Sequence[Result]) -> str:
    """A row a client and vendor, a column a feature; below it every note, each once."""
    cells = {(r.client, r.vendor, r.feature): r.outcome for r in results}
    clients = list(dict.fromkeys(result.client for result in results))
    wide = max(len(name) for name in clients) + 2
    lines = [" " * (wide + 8) + "".join(f"{feature:>{WIDTHS[feature]}}" for feature in Feature)]
    for client in clients:
        asked = [vendor for vendor in VENDORS if any((client, vendor, feature) in cells for feature in Feature)]
        for place, vendor in enumerate(asked or [""]):
            name = client if place == 0 else ""
            lines.append(f"{name:{wide}}{vendor:8}{_cells(cells, client, vendor, first=place == 0)}".rstrip())
    return "\n".join([*lines, "", *_notes(results)])


def _cells(cells: Mapping[tuple[str, str, Feature], FeatureOutcome], client: str, vendor: str, *, first: bool) -> str:
    """The snippets' outcome is the client's, so it stands in its first row."""
    found = {feature: cells.get((client, vendor, feature), "") for feature in Feature}
    if first:
        found[Feature.SNIPPET] = cells.get((client, "", Feature.SNIPPET), "")
    return "".join(f"{cell:>{WIDTHS[feature]}}" for feature, cell in found.items())


def _notes(results: Sequence[Result]) -> list[str]:
    who: dict[tuple[str, Feature, str], list[str]] = {}
    for r in results:
        if r.note:
            who.setdefault((r.client, r.feature, f"{r.outcome}: {r.note}"), []).append(r.vendor)
    return [
        f"{client}, {feature}{_vendors(vendors)}: {note}".replace("pass: ", "")
        for (client, feature, note), vendors in who.items()
    ]


def _vendors(vendors: Sequence[str]) -> str:
    named = [vendor for vendor in vendors if vendor]
    return "" if len(named) in (0, len(VENDORS)) else f" ({', '.join(named)})"
