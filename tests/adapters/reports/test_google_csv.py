"""Google's billing export as a file."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from llm.adapters.reports import google_csv
from llm.core.exceptions import ReportUnavailable
from llm.core.reconcile.day import Charge, TokenKind, Tokens, UsageLine

DAY = date(2026, 11, 26)
HEAD = "service.description,sku.description,usage_start_time,usage.amount,cost,currency\n"
NINE = datetime(2026, 11, 26, 9, tzinfo=UTC)
API = "Generative Language API"


def _file(folder: Path, *rows: str, head: str = HEAD) -> Path:
    path = folder / "export.csv"
    path.write_text(head + "\n".join(rows), encoding="utf-8")
    return path


def _row(sku: str, amount: str = "1000", cost: str = "0.5", *, at: str = "2026-11-26 09:00:00 UTC") -> str:
    return f"{API},{sku},{at},{amount},{cost},USD"


@pytest.mark.parametrize(
    ("sku", "model", "tier", "kind"),
    [
        ("Generate content input token count gemini 2.5 flash short input text", "gemini-2.5-flash", "", "input"),
        ("Generate content output token count gemini 2.5 flash short input text", "gemini-2.5-flash", "", "output"),
        ("Generate content cached input token count gemini 2.5 pro long input text", "gemini-2.5-pro", "", "cached"),
        ("Generate content input token count Gemini 2.5 Flash Lite Batch", "gemini-2.5-flash-lite", "batch", "input"),
        ("Generate_content cached text input token count for gemini 3 flash", "gemini-3-flash", "", "cached"),
        ("Generate_content text cached input token count for gemini 3 pro short", "gemini-3-pro", "", "cached"),
        ("Generate content input token count gemini 3.7 flash flex caching", "gemini-3.7-flash", "flex", "cached"),
        ("Generate content output token count for gemini 3.8 flash priority", "gemini-3.8-flash", "priority", "output"),
    ],
)
def test_the_sku_says_model_tier_and_kind(tmp_path: Path, sku: str, model: str, tier: str, kind: str) -> None:
    day = google_csv.read(_file(tmp_path, _row(sku)), DAY)
    assert day.lines == (UsageLine(model=model, tier=tier, hour=NINE, tokens=Tokens(**{kind: 1000})),)
    assert day.charges == (Charge(usd=Decimal("0.5"), model=model, tier=tier, kind=TokenKind(kind)),)


def test_other_days_and_other_services_do_not_count(tmp_path: Path) -> None:
    sku = "Generate content input token count gemini 2.5 flash"
    rows = (_row(sku, at="2026-11-25 23:00:00 UTC"), "Compute Engine,N1,2026-11-26 09:00:00 UTC,1,9.99,USD", _row(sku))
    assert google_csv.read(_file(tmp_path, *rows), DAY).usd == Decimal("0.5")


def test_charges_beside_tokens_are_named_by_their_sku(tmp_path: Path) -> None:
    day = google_csv.read(_file(tmp_path, _row("Grounding with Google Search")), DAY)
    assert day.lines == ()
    assert day.charges == (Charge(usd=Decimal("0.5"), what="Grounding with Google Search"),)


def test_names_with_underscores_are_the_same_columns(tmp_path: Path) -> None:
    sku = "Generate content input token count gemini 2.5 flash"
    assert google_csv.read(_file(tmp_path, _row(sku), head=HEAD.replace(".", "_")), DAY).usd == Decimal("0.5")


def test_missing_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(ReportUnavailable, match=r"lacks the columns sku\.description, cost, currency"):
        google_csv.read(_file(tmp_path, head="service.description,usage_start_time,usage.amount\n"), DAY)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (_row("x", cost="much"), "unusable cost: 'much'"),
        (_row("x", at="yesterday"), "unusable usage_start_time: 'yesterday'"),
        (_row("x").replace("USD", "XAF"), "in XAF, not in USD"),
    ],
)
def test_an_unusable_cell_is_named(tmp_path: Path, row: str, words: str) -> None:
    with pytest.raises(ReportUnavailable, match=words):
        google_csv.read(_file(tmp_path, row), DAY)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ReportUnavailable, match="could not be read"):
        google_csv.read(tmp_path / "none.csv", DAY)
