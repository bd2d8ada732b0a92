from datetime import UTC, datetime
from decimal import Decimal
from itertools import product

import pytest
from genai_prices import Usage as Listed
from genai_prices import calc_price
from genai_prices.data_snapshot import get_snapshot

from llm.core.chat.response import Usage
from llm.kinds import KINDS
from llm.stores.prices import context_window, cost
from llm.stores.prices.price import listed_cost


@pytest.mark.parametrize("kind", KINDS)
def test_each_kinds_own_model_has_a_price_and_a_context_window(kind):
    model = KINDS[kind].default_model
    price = cost(kind, model, Usage(input=1_000, output=100))
    assert price is not None
    assert price > 0
    assert context_window(kind, model) is not None


def test_input_includes_the_cached_tokens_which_are_cheaper():
    plain = cost("claude", "claude-sonnet-5-5", Usage(input=1_000, output=100))
    cached = cost("claude", "claude-sonnet-5-5", Usage(input=1_000, output=100, cached=400))
    listed = calc_price(
        Listed(input_tokens=1_000, output_tokens=100, cache_read_tokens=400),
        model_ref="claude-sonnet-5-5",
        provider_id="anthropic",
    )
    assert cached == listed.total_price
    assert cached < plain
    whole = listed_cost("claude", "claude-sonnet-5-5", Usage(input=1_000, output=100, cached=400), datetime.now(UTC))
    assert whole is not None
    assert whole.saved_usd == plain - cached


def test_reasoning_is_paid_as_the_output_that_it_is_part_of():
    without = cost("openai", "gpt-6.1-terra", Usage(input=10, output=500))
    assert cost("openai", "gpt-6.1-terra", Usage(input=10, output=500, reasoning=400)) == without


def test_a_cost_is_in_billionths_of_a_dollar():
    price = cost("gemini", "gemini-3.8-flash", Usage(input=1, output=1))
    assert price == price.quantize(Decimal("0.000000001"))


def test_the_price_of_the_day_of_the_call_counts():
    assert cost("claude", "claude-sonnet-5-5", Usage(input=1_000), at=datetime(2026, 11, 1, tzinfo=UTC)) > 0


@pytest.mark.parametrize(
    ("kind", "model"), [("claude", "no-such-model"), ("openai", "no-such-model"), ("openai", ""), ("nobody", "gpt-4o")]
)
def test_an_unlisted_model_has_no_price_and_no_window(kind, model):
    assert cost(kind, model, Usage(input=1_000)) is None
    assert context_window(kind, model) is None


def test_a_vendor_with_openais_protocol_is_found_by_its_models_name():
    assert cost("openai", "deepseek-chat", Usage(input=1_000)) > 0


def test_claude_has_no_prices_of_other_vendors_models():
    assert cost("claude", "deepseek-chat", Usage(input=1_000)) is None


def test_without_reported_tokens_the_cost_is_unknown():
    assert cost("claude", "claude-sonnet-5-5", Usage()) is None


@pytest.mark.parametrize(
    "lie",
    [Usage(input=10, output=1, cached=40), Usage(input=10, output=1, cache_written=40), Usage(input=-5, output=9)],
)
def test_a_vendors_impossible_counts_do_no_harm(lie):
    assert cost("claude", "claude-sonnet-5-5", lie) >= 0


USES = (
    Usage(input=1_000, output=100),
    Usage(input=250_001, output=3, cached=70_003, cache_written=1_007),
    Usage(input=5, cached=9, output=0),
    Usage(output=1),
    Usage(input=10**12, output=10**9, cached=7),
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("at", [datetime(2025, 1, 1, 17, tzinfo=UTC), datetime(2026, 11, 1, 3, tzinfo=UTC)])
def test_every_cost_is_what_the_list_itself_reckons(kind, at):
    provider_id = KINDS[kind].price_id
    models = next(one for one in get_snapshot().providers if one.id == provider_id).models
    assert len(models) > 5
    for model, use in product(models, USES):
        cached = min(use.cached, use.input)
        written = min(use.cache_written, use.input - cached)
        billed = Listed(
            input_tokens=use.input, output_tokens=use.output, cache_read_tokens=cached, cache_write_tokens=written
        )
        try:
            price = calc_price(billed, model_ref=model.id, provider_id=provider_id, genai_request_timestamp=at)
            expected = price.total_price.quantize(Decimal("0.000000001"))
        except (LookupError, ValueError):
            expected = None
        reckoned = cost(kind, model.id, use, at=at)
        # The list reckons 0 where it has no price, as for the output of an embedding model: that is unknown.
        assert reckoned == expected or (reckoned is None and expected == 0), (model.id, use)
