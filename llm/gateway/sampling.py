"""What the end of an attempt tells of its provider's capacity."""

from llm.core.capacity.sample import Ending, Sample
from llm.core.capacity.snapshot import size_class
from llm.core.chat.response import Completion
from llm.core.failures.policy import ErrorClass, Failure

ENDINGS = {
    ErrorClass.RATE_LIMITED: Ending.THROTTLED,
    ErrorClass.OVERLOADED: Ending.OVERLOADED,
    ErrorClass.TIMEOUT: Ending.OVERLOADED,
}
"""The failures that tell how much a provider can take."""


def silence_of(input_tokens: int, silent_s: float) -> Sample:
    """The sample of an attempt that lost to a second one: without it, slow answers would go uncounted where calls are
    hedged, and the usual silence would seem ever shorter."""
    return Sample(ending=Ending.HEDGED, size=size_class(input_tokens), first_s=silent_s)


def sample_of(
    result: Completion | Failure | None, *, input_tokens: int, first_s: float | None, whole_s: float, is_test: bool
) -> Sample:
    """The sample of an attempt; without a result it was cancelled. `input_tokens` is our estimate, by which sizes are
    told apart. A test's answer tells of the vendor's limits only: its own size is not that of calls."""
    size = size_class(input_tokens)
    if result is None:
        return Sample(ending=Ending.OTHER, size=size)
    if isinstance(result, Failure):
        ending = Ending.OTHER if is_test else ENDINGS.get(result.error_class, Ending.OTHER)
        return Sample(ending=ending, size=size, readings=result.limits, limit_rpm=result.limit_rpm)
    if is_test:
        return Sample(ending=Ending.OTHER, size=size, readings=result.limits)
    usage = result.usage
    return Sample(
        ending=Ending.ANSWERED,
        size=size,
        first_s=first_s,
        whole_s=whole_s,
        input_tokens=usage.input,
        cached_tokens=usage.cached,
        output_tokens=max(0, usage.output - usage.reasoning),
        tier=usage.tier,
        readings=result.limits,
    )
