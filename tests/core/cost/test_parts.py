"""Tokens are split into parts that share none, whatever a vendor reports."""

from hypothesis import given
from hypothesis import strategies as st

from llm.core.chat.response import Usage
from llm.core.cost.parts import Part, split

anything = st.integers(-(10**6), 10**7)
OUTPUTS = {Part.OUTPUT, Part.REASONING, Part.OUTPUT_AUDIO, Part.OUTPUT_IMAGE}


@given(
    st.builds(
        Usage,
        input=anything,
        output=anything,
        cached=anything,
        cache_written=anything,
        cache_written_1h=anything,
        reasoning=anything,
        input_audio=anything,
        cached_audio=anything,
        output_audio=anything,
        input_image=anything,
        output_image=anything,
    )
)
def test_the_parts_add_up_and_none_is_negative(usage: Usage) -> None:
    parts = split(usage)
    assert len(dict(parts)) == len(parts)
    assert all(tokens > 0 for _, tokens in parts)
    assert sum(tokens for part, tokens in parts if part not in OUTPUTS) == max(0, usage.input)
    assert sum(tokens for part, tokens in parts if part in OUTPUTS) == max(0, usage.output)


def test_cached_audio_is_no_audio_and_no_other_cache_read() -> None:
    usage = Usage(input=1000, cached=500, input_audio=700, cached_audio=400)
    assert dict(split(usage)) == {
        Part.INPUT: 200,
        Part.CACHE_READ: 100,
        Part.INPUT_AUDIO: 300,
        Part.CACHE_READ_AUDIO: 400,
    }
