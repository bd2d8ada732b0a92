"""The demo's story: it is told from what really happened, and breaks when the product does."""

import pytest
from django.core.management.color import no_style

from llm.management.story import Story, StoryBroken
from llm.services.probes.run import reset
from llm.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_story_shows_the_failover_with_real_figures(providers: list[str], sim: Simulator) -> None:
    told: list[str] = []
    Story(sim, told.append, no_style()).tell()
    text = "\n".join(told)
    assert "calls seen so far: claude 2, gemini 11, openai 0" in text
    assert "try 1: claude, credit_exhausted" in text
    assert "passed over: claude, credit_exhausted" in text
    assert "(in 5 min)" in text
    assert text.endswith("Every step held.")


def test_a_vendor_that_does_not_answer_as_told_breaks_the_story(providers: list[str], sim: Simulator) -> None:
    sim.fault("claude", "server_error")
    with pytest.raises(StoryBroken, match="gemini answered where claude should have"):
        Story(sim, lambda _: None, no_style()).tell()
    reset(None, by="test")
