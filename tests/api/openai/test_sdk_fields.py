"""The tables of known fields keep up with the installed SDK: a field that it gains must be decided on here."""

from openai.types.chat.completion_create_params import (
    CompletionCreateParamsNonStreaming,
    CompletionCreateParamsStreaming,
)

from llm.api.openai.request import KNOWN, REFUSED
from tests.api.reading import read


def test_every_field_of_the_sdks_request_is_known() -> None:
    fields = CompletionCreateParamsStreaming.__annotations__ | CompletionCreateParamsNonStreaming.__annotations__
    assert len(fields) > 30
    assert set(fields) <= KNOWN | set(REFUSED)


def test_hints_for_the_cache_are_accepted_and_named_when_they_ask_for_something() -> None:
    assert read(prompt_cache_options={}).request.unserved == ()
    given = read(prompt_cache_options={"mode": "explicit"}, prompt_cache_key="k", moderation={"model": "m"})
    assert given.request.unserved == ("moderation", "prompt_cache_key", "prompt_cache_options")
