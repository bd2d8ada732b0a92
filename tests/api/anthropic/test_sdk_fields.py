"""The tables of known fields keep up with the installed SDK: a field that it gains must be decided on here."""

from typing import Any

import pytest
from anthropic.types import message_count_tokens_params as count
from anthropic.types import message_create_params as create
from anthropic.types.beta import message_count_tokens_params as beta_count
from anthropic.types.beta import message_create_params as beta_create

from llm.api.anthropic.request import COUNTED, HINTS, OURS, SAMPLED, UNSERVED

KNOWN = {*COUNTED, *SAMPLED, *OURS, *HINTS, *UNSERVED, "thread"}
"""`thread` has a refusal of its own."""
HEADERS = {"betas"}
"""Sent as a header, never in the body."""


@pytest.mark.parametrize(
    "params",
    [
        create.MessageCreateParamsStreaming,
        create.MessageCreateParamsNonStreaming,
        beta_create.MessageCreateParamsStreaming,
        beta_create.MessageCreateParamsNonStreaming,
        count.MessageCountTokensParams,
        beta_count.MessageCountTokensParams,
    ],
)
def test_every_field_of_the_sdks_request_is_known(params: Any) -> None:
    fields = {name for base in (params, *params.__orig_bases__) for name in getattr(base, "__annotations__", {})}
    assert len(fields) > 8
    assert fields <= KNOWN | HEADERS
