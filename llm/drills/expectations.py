"""The expectations that drills choose from, each with the sentence that the report shows."""

from collections.abc import Callable

from llm.core.circuit.state import CircuitState
from llm.core.failures.policy import ErrorClass
from llm.drills.drill import Expectation
from llm.drills.report import VENDORS, CircuitSnapshot, Ending, Scene

TOLERANCE_S = 0.0
"""Added to every limit in seconds, for a machine so busy that the drill itself is slow."""


def all_answered(scene: str) -> Expectation:
    return _of(scene, "every request is answered by a vendor", _unless_all(Ending.ANSWERED))


def answered_by(provider: str, scene: str) -> Expectation:
    def check(played: Scene) -> str:
        return "" if all(result.provider == provider for result in played.results) else played.answers

    return _of(scene, f"{provider} answers", check)


def static_answered(scene: str) -> Expectation:
    return _of(scene, "the static answer is given", _unless_all(Ending.STATIC))


def none_failed(scene: str) -> Expectation:
    def check(played: Scene) -> str:
        passed = all(result.ending in (Ending.ANSWERED, Ending.STATIC) for result in played.results)
        return "" if passed else played.answers

    return _of(scene, "every request gets an answer", check)


def rejected(scene: str) -> Expectation:
    return _of(scene, "the caller gets an error that blames the request", _unless_all(Ending.REJECTED))


def stream_cut(scene: str) -> Expectation:
    return _of(scene, "the stream ends with an error that says it is incomplete", _unless_all(Ending.CUT))


def vendor_calls(
    scene: str, *, claude: int | None = None, gemini: int | None = None, openai: int | None = None
) -> Expectation:
    """Exactly so many calls; a vendor that is not named may have received any number."""
    expected = [(name, n) for name, n in zip(VENDORS, (claude, gemini, openai), strict=True) if n is not None]

    def check(played: Scene) -> str:
        return "" if all(played.calls.of(name) == count for name, count in expected) else _calls(played)

    return _of(scene, "calls: " + ", ".join(f"{name} {count}" for name, count in expected), check)


def at_most_calls(vendor: str, most: int, scene: str) -> Expectation:
    return _of(
        scene,
        f"{vendor} receives at most {most} call{'s' * (most != 1)}",
        lambda played: "" if played.calls.of(vendor) <= most else _calls(played),
    )


def no_vendor_called_twice(scene: str) -> Expectation:
    return _no_vendor_called("no vendor is called twice per request", 1, scene)


def no_vendor_called_more_than(times: int, scene: str) -> Expectation:
    return _no_vendor_called(f"no vendor is called more than {times} times per request", times, scene)


def no_more_calls_than_requests(scene: str) -> Expectation:
    def check(played: Scene) -> str:
        return "" if sum(played.calls.of(name) for name in VENDORS) <= len(played.results) else _calls(played)

    return _of(scene, "no more calls than requests: retries do not multiply an outage", check)


def circuit_is(provider: str, state: CircuitState, scene: str, *, reason: ErrorClass | None = None) -> Expectation:
    def check(played: Scene) -> str:
        circuit = _circuit(played, provider)
        return "" if (circuit.state, circuit.reason) == (state, reason or "") else f"{circuit.state} {circuit.reason}"

    return _of(scene, f"{provider}'s circuit is {state}" + (f" ({reason})" if reason else ""), check)


def retried_in(provider: str, least_s: float, most_s: float, scene: str) -> Expectation:
    def check(played: Scene) -> str:
        wait = _circuit(played, provider).retry_in_s
        if wait is None:
            return "at once"
        return "" if least_s - TOLERANCE_S <= wait <= most_s else f"in {wait:.1f} s"

    return _of(scene, f"{provider} gets its next call in {least_s:g} to {most_s:g} s", check)


def answered_within(seconds: float, scene: str) -> Expectation:
    return _of(
        scene,
        f"no request takes longer than {seconds:g} s",
        lambda played: "" if played.slowest_s <= seconds + TOLERANCE_S else f"{played.slowest_s:.2f} s",
    )


def _of(scene: str, sentence: str, check: Callable[[Scene], str]) -> Expectation:
    return Expectation(sentence=f"{scene}: {sentence}", check=lambda report: check(report.scene(scene)))


def _unless_all(ending: Ending) -> Callable[[Scene], str]:
    return lambda played: "" if all(result.ending is ending for result in played.results) else played.answers


def _no_vendor_called(sentence: str, times: int, scene: str) -> Expectation:
    def check(played: Scene) -> str:
        limit = times * len(played.results)
        return "" if all(played.calls.of(name) <= limit for name in VENDORS) else _calls(played)

    return _of(scene, sentence, check)


def _calls(played: Scene) -> str:
    return ", ".join(f"{name} {played.calls.of(name)}" for name in VENDORS)


def _circuit(played: Scene, provider: str) -> CircuitSnapshot:
    return next(circuit for circuit in played.circuits if circuit.provider == provider)
