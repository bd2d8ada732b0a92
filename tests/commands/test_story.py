"""The demo's story: it prints what happened, and fails when the product does."""

import pytest
from django.core.management.color import no_style

from llm.management.story import Story, StoryBroken
from llm.services.probes.run import reset
from llm.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_story_shows_the_failover_with_real_figures(providers: list[str], sim: Simulator) -> None:
    lines: list[str] = []
    Story(sim, lines.append, no_style()).play()
    text = "\n".join(lines)
    assert "calls so far: claude 2, gemini 11, openai 0" in text
    assert "attempt 1: claude, credit_exhausted" in text
    assert "skipped: claude, credit_exhausted" in text
    assert "(in 5 min)" in text
    assert text.endswith("Every check passed.")


def test_a_vendor_that_fails_unexpectedly_breaks_the_story(providers: list[str], sim: Simulator) -> None:
    sim.fault("claude", "server_error")
    with pytest.raises(StoryBroken, match="gemini answered; expected claude"):
        Story(sim, lambda _: None, no_style()).play()
    reset(None, by="test")
