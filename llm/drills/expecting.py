"""The expectations that drills choose from, each with the sentence that the report shows."""

from collections.abc import Callable

from llm.drills.drill import Expectation
from llm.drills.report import VENDORS, Ending, Report, Scene, Standing

SLACK_S = 0.0
"""Added to every bound in seconds: for a machine so busy that the drill itself is slow."""


def everyone_answered(scene: str) -> Expectation:
    return _of(scene, "every request is answered by a vendor", _unless_all(Ending.ANSWERED))


def answered_by(provider: str, scene: str) -> Expectation:
    def otherwise(seen: Scene) -> str:
        return "" if all(got.provider == provider for got in seen.got) else seen.answers

    return _of(scene, f"{provider} answers", otherwise)


def static(scene: str) -> Expectation:
    return _of(scene, "the static answer is given", _unless_all(Ending.STATIC))


def nobody_fails(scene: str) -> Expectation:
    def otherwise(seen: Scene) -> str:
        fine = all(got.ending in (Ending.ANSWERED, Ending.STATIC) for got in seen.got)
        return "" if fine else seen.answers

    return _of(scene, "nobody is left without an answer", otherwise)


def rejected(scene: str) -> Expectation:
    return _of(scene, "the caller is told that the request is at fault", _unless_all(Ending.REJECTED))


def cut(scene: str) -> Expectation:
    return _of(scene, "the caller is told that the answer broke off", _unless_all(Ending.CUT))


def saw(scene: str, *, claude: int | None = None, gemini: int | None = None, openai: int | None = None) -> Expectation:
    """Exactly so many calls; a vendor that is not named may have seen any number."""
    wanted = [(name, n) for name, n in zip(VENDORS, (claude, gemini, openai), strict=True) if n is not None]

    def otherwise(seen: Scene) -> str:
        return "" if all(seen.calls.of(name) == count for name, count in wanted) else _calls(seen)

    return _of(scene, "calls seen: " + ", ".join(f"{name} {count}" for name, count in wanted), otherwise)


def saw_at_most(vendor: str, most: int, scene: str) -> Expectation:
    return _of(
        scene,
        f"{vendor} sees at most {most} call{'s' * (most != 1)}",
        lambda seen: "" if seen.calls.of(vendor) <= most else _calls(seen),
    )


def nobody_asked_twice(scene: str) -> Expectation:
    return _nobody_asked("no vendor is asked twice", 1, scene)


def nobody_asked_more_than(times: int, scene: str) -> Expectation:
    return _nobody_asked(f"no vendor is asked more than {times} times a request", times, scene)


def no_more_calls_than_requests(scene: str) -> Expectation:
    def otherwise(seen: Scene) -> str:
        return "" if sum(seen.calls.of(name) for name in VENDORS) <= len(seen.got) else _calls(seen)

    return _of(scene, "an outage is not multiplied: no more calls than requests", otherwise)


def stands(provider: str, state: str, scene: str, *, reason: str = "") -> Expectation:
    def otherwise(seen: Scene) -> str:
        circuit = _standing(seen, provider)
        return "" if (circuit.state, circuit.reason) == (state, reason) else f"{circuit.state} {circuit.reason}"

    return _of(scene, f"{provider}'s circuit is {state}" + (f" ({reason})" if reason else ""), otherwise)


def asked_again_in(provider: str, least_s: float, most_s: float, scene: str) -> Expectation:
    def otherwise(seen: Scene) -> str:
        wait = _standing(seen, provider).retry_in_s
        if wait is None:
            return "at once"
        return "" if least_s - SLACK_S <= wait <= most_s else f"in {wait:.1f} s"

    return _of(scene, f"{provider} is asked again in {least_s:g} to {most_s:g} s", otherwise)


def within(seconds: float, scene: str) -> Expectation:
    return _of(
        scene,
        f"nobody waits longer than {seconds:g} s",
        lambda seen: "" if seen.slowest_s <= seconds + SLACK_S else f"{seen.slowest_s:.2f} s",
    )


def _of(scene: str, says: str, otherwise: Callable[[Scene], str]) -> Expectation:
    def check(report: Report) -> str:
        return otherwise(report.scene(scene))

    return Expectation(says=f"{scene}: {says}", otherwise=check)


def _unless_all(ending: Ending) -> Callable[[Scene], str]:
    return lambda seen: "" if all(got.ending is ending for got in seen.got) else seen.answers


def _nobody_asked(says: str, times: int, scene: str) -> Expectation:
    def otherwise(seen: Scene) -> str:
        return "" if all(seen.calls.of(name) <= times * len(seen.got) for name in VENDORS) else _calls(seen)

    return _of(scene, says, otherwise)


def _calls(seen: Scene) -> str:
    return ", ".join(f"{name} {seen.calls.of(name)}" for name in VENDORS)


def _standing(seen: Scene, provider: str) -> Standing:
    return next(standing for standing in seen.standings if standing.provider == provider)
