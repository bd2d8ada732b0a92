"""The catalogue as data: every row is whole, and no two rows speak for one address."""

from urllib.parse import urlsplit

import pytest

from llm.adapters.openai.balance import balance_source
from llm.kinds import KINDS
from llm.stores.prices.listed import find
from llm.vendors.catalogue import PRESETS, preset_of, price_id_of, quirks_of
from llm.vendors.preset import Preset
from llm.vendors.quirks import NO_QUIRKS

ROWS = pytest.mark.parametrize("row", PRESETS.values(), ids=list(PRESETS))
NAMED = {
    "mistral", "groq", "deepseek", "xai", "together", "fireworks", "cerebras", "openrouter", "moonshot", "zai", "qwen",
    "perplexity", "nvidia", "azure", "vertex", "bedrock", "ollama", "vllm", "llama-cpp", "lmstudio",
}  # fmt: skip


def test_the_vendors_that_operators_ask_for_are_there() -> None:
    assert set(PRESETS) >= NAMED
    assert len(PRESETS) >= 24


@ROWS
def test_a_row_is_whole(row: Preset) -> None:
    assert row.kind in KINDS
    assert row.sources
    assert all(urlsplit(source).scheme == "https" for source in row.sources)
    assert set(row.hints) == set(row.blanks)
    assert bool(row.key_variable) or not row.needs_key
    assert row.quirks == NO_QUIRKS or row.kind == "openai"


@ROWS
def test_an_address_leads_back_to_its_row(row: Preset) -> None:
    address = row.address.format_map(dict.fromkeys(row.blanks, "x-1"))
    if row.needs_key:
        assert preset_of("", address) is row
    assert preset_of(row.name, "http://proxy.example/v1") is row


def test_the_name_of_a_row_wins_over_its_address_and_an_unknown_address_has_no_quirks() -> None:
    assert quirks_of("mistral", "https://api.groq.com/openai/v1") is PRESETS["mistral"].quirks
    assert quirks_of("", "https://llm.example.com/v1") is NO_QUIRKS
    assert preset_of("", "https://notapi.mistral.ai.example.com/v1") is None
    assert price_id_of("", "") == ""


@ROWS
def test_the_price_list_knows_the_vendors_it_is_asked_for(row: Preset) -> None:
    from genai_prices.data_snapshot import get_snapshot

    assert row.price_id in {"", *(provider.id for provider in get_snapshot().providers)}


def test_a_vendors_own_price_comes_before_that_of_others() -> None:
    own, other = find("openai", "gpt-oss-120b", "cerebras"), find("openai", "gpt-oss-120b")
    assert own is not None
    assert other is not None
    assert own.model is not other.model


@pytest.mark.parametrize("row", [row for row in PRESETS.values() if row.balance], ids=lambda row: row.name)
def test_a_vendor_that_tells_its_balance_is_asked_for_it(row: Preset) -> None:
    source = balance_source(row.address)
    assert source is not None
    assert row.balance == ", ".join(source.paths)
