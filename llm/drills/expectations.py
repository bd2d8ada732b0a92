"""The expectations that drills choose from, each with the words that the report shows.

`_` marks the words for translation: a drill runs in a process that knows no reader.
"""

from collections.abc import Callable

from django.utils.translation import gettext_noop as _

from llm.core.circuit.state import CircuitState
from llm.core.failures.policy import ErrorClass
from llm.drills.drill import Expectation
from llm.drills.report import VENDORS, CircuitSnapshot, Ending, Promise, Scene

TOLERANCE_S = 0.0
"""Added to every limit in seconds, for a machine so busy that the drill itself is slow."""


def all_answered(scene: str) -> Expectation:
    return _of(scene, _("every request is answered by a vendor"), _unless_all(Ending.ANSWERED))


def answered_by(provider: str, scene: str) -> Expectation:
    def check(played: Scene) -> str:
        return "" if all(result.provider == provider for result in played.results) else played.answers

    return _of(scene, _("%(provider)s answers"), check, provider=provider)


def static_answered(scene: str) -> Expectation:
    return _of(scene, _("the static answer is given"), _unless_all(Ending.STATIC))


def none_failed(scene: str) -> Expectation:
    def check(played: Scene) -> str:
        passed = all(result.ending in (Ending.ANSWERED, Ending.STATIC) for result in played.results)
        return "" if passed else played.answers

    return _of(scene, _("every request gets an answer"), check)


def rejected(scene: str) -> Expectation:
    return _of(scene, _("the caller gets an error that blames the request"), _unless_all(Ending.REJECTED))


def stream_cut(scene: str) -> Expectation:
    return _of(scene, _("the stream ends with an error that says it is incomplete"), _unless_all(Ending.CUT))


def vendor_calls(
    scene: str, *, claude: int | None = None, gemini: int | None = None, openai: int | None = None
) -> Expectation:
    """Exactly so many calls; a vendor that is not named may have received any number."""
    expected = [(name, n) for name, n in zip(VENDORS, (claude, gemini, openai), strict=True) if n is not None]

    def check(played: Scene) -> str:
        return "" if all(played.calls.of(name) == count for name, count in expected) else _calls(played)

    return _of(scene, _("calls: %(calls)s"), check, calls=", ".join(f"{name} {count}" for name, count in expected))


def at_most_calls(vendor: str, most: int, scene: str) -> Expectation:
    return _of(
        scene,
        _("%(vendor)s is called at most so many times: %(most)s"),
        lambda played: "" if played.calls.of(vendor) <= most else _calls(played),
        vendor=vendor,
        most=str(most),
    )


def no_vendor_called_twice(scene: str) -> Expectation:
    return _no_vendor_called(_("no vendor is called twice per request"), 1, scene)


def no_vendor_called_more_than(times: int, scene: str) -> Expectation:
    return _no_vendor_called(_("no vendor is called more than %(times)s times per request"), times, scene)


def no_more_calls_than_requests(scene: str) -> Expectation:
    def check(played: Scene) -> str:
        return "" if sum(played.calls.of(name) for name in VENDORS) <= len(played.results) else _calls(played)

    return _of(scene, _("no more calls than requests: retries do not multiply an outage"), check)


def circuit_is(provider: str, state: CircuitState, scene: str, *, reason: ErrorClass | None = None) -> Expectation:
    def check(played: Scene) -> str:
        circuit = _circuit(played, provider)
        return "" if (circuit.state, circuit.reason) == (state, reason or "") else f"{circuit.state} {circuit.reason}"

    if reason:
        words = _("the circuit of %(provider)s is %(state)s (%(reason)s)")
        return _of(scene, words, check, provider=provider, state=state, reason=reason)
    return _of(scene, _("the circuit of %(provider)s is %(state)s"), check, provider=provider, state=state)


def retried_in(provider: str, least_s: float, most_s: float, scene: str) -> Expectation:
    def check(played: Scene) -> str:
        wait = _circuit(played, provider).retry_in_s
        if wait is None:
            return "0 s"
        return "" if least_s - TOLERANCE_S <= wait <= most_s else f"{wait:.1f} s"

    words = _("%(provider)s gets its next call in %(least)s to %(most)s s")
    return _of(scene, words, check, provider=provider, least=f"{least_s:g}", most=f"{most_s:g}")


def answered_within(seconds: float, scene: str) -> Expectation:
    return _of(
        scene,
        _("no request takes longer than %(seconds)s s"),
        lambda played: "" if played.slowest_s <= seconds + TOLERANCE_S else f"{played.slowest_s:.2f} s",
        seconds=f"{seconds:g}",
    )


def _of(scene: str, words: str, check: Callable[[Scene], str], **values: str) -> Expectation:
    promise = Promise(scene=scene, words=words, values=values)
    return Expectation(promise=promise, check=lambda report: check(report.scene(scene)))


def _unless_all(ending: Ending) -> Callable[[Scene], str]:
    return lambda played: "" if all(result.ending is ending for result in played.results) else played.answers


def _no_vendor_called(words: str, times: int, scene: str) -> Expectation:
    def check(played: Scene) -> str:
        limit = times * len(played.results)
        return "" if all(played.calls.of(name) <= limit for name in VENDORS) else _calls(played)

    return _of(scene, words, check, times=str(times))


def _calls(played: Scene) -> str:
    return ", ".join(f"{name} {played.calls.of(name)}" for name in VENDORS)


def _circuit(played: Scene, provider: str) -> CircuitSnapshot:
    return next(circuit for circuit in played.circuits if circuit.provider == provider)
