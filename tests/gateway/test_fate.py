"""Providers of one account, project or upstream share its failures without a call each."""

from dataclasses import replace
from typing import Any

import pytest

from llm.core.circuit.state import BLOCKS, CircuitState
from llm.core.failures.policy import ErrorClass
from llm.core.failures.scope import Fate
from tests.gateway.doubles import Script, ScriptedAdapter, Stage, fails, says

CLOSED = "This organization has been disabled."
PROJECT_GONE = "The project you are requesting has been archived"


def stage(first: Script, **fates: Fate) -> Stage:
    """The first provider fails, the others would answer. All ask one model."""
    made = Stage(**{name: ScriptedAdapter(first if place == 0 else says()) for place, name in enumerate(fates)})
    for name, fate in fates.items():
        made.candidates[name] = replace(made.candidates[name], fate=fate, model="m-1", account=f"digest of {name}")
    return made


def fails_with(error_class: ErrorClass, message: str, **more: Any) -> Script:
    script = fails(error_class, **more)
    return Script(tuple(replace(step, message=message) for step in script.steps))  # type: ignore[type-var]


IN_ONE = {
    "one": Fate(account="org", project="red"),
    "two": Fate(account="org", project="red"),
    "three": Fate(account="org", project="blue"),
    "four": Fate(account="other"),
}


def test_an_organisations_end_parks_all_of_its_keys_with_no_further_call() -> None:
    played = stage(fails_with(ErrorClass.AUTH, CLOSED), **IN_ONE)
    ride = played.go()
    assert played.asked() == {"one": 1, "two": 0, "three": 0, "four": 1}
    assert ride.skips == [("two", ErrorClass.AUTH), ("three", ErrorClass.AUTH)]
    parked = played.circuits.known["three"]
    assert (parked.state, parked.account) == (CircuitState.OPEN, "digest of three")
    assert parked.last_error is not None
    assert parked.last_error.message == f"one: {CLOSED}"
    assert (parked.window, parked.failures) == ((), 0), "no call of its own is counted"


def test_a_projects_end_parks_only_its_keys() -> None:
    played = stage(fails_with(ErrorClass.PERMISSION, PROJECT_GONE), **IN_ONE)
    played.go()
    assert played.asked() == {"one": 1, "two": 0, "three": 1, "four": 0}


def test_an_account_without_credit_parks_its_keys_of_every_model() -> None:
    played = stage(fails(ErrorClass.CREDIT_EXHAUSTED), **IN_ONE)
    played.candidates["three"] = replace(played.candidates["three"], model="another")
    played.go()
    assert played.asked() == {"one": 1, "two": 0, "three": 0, "four": 1}


def test_a_shared_limit_gives_no_instant_try_at_a_sibling() -> None:
    played = stage(fails(ErrorClass.RATE_LIMITED, retry_after_s=30.0), **IN_ONE)
    played.go()
    assert played.asked() == {"one": 1, "two": 0, "three": 0, "four": 1}
    throttled = {name: circuit.throttled_until for name, circuit in played.circuits.known.items()}
    assert throttled["two"] == throttled["three"] == throttled["one"]


def test_another_model_of_the_account_has_a_limit_of_its_own() -> None:
    played = stage(fails(ErrorClass.RATE_LIMITED, retry_after_s=30.0), **IN_ONE)
    played.candidates["two"] = replace(played.candidates["two"], model="another")
    played.go()
    assert played.asked() == {"one": 1, "two": 1, "three": 0, "four": 0}


def test_a_limit_of_an_upstream_is_shared_across_vendors_and_models() -> None:
    fates = {"one": Fate(upstream="host"), "two": Fate(account="b", upstream="host"), "three": Fate(account="c")}
    played = stage(fails(ErrorClass.RATE_LIMITED, retry_after_s=30.0), **fates)
    played.candidates["two"] = replace(played.candidates["two"], model="another")
    played.go()
    assert played.asked() == {"one": 1, "two": 0, "three": 1}


@pytest.mark.parametrize("error_class", [ErrorClass.AUTH, ErrorClass.OVERLOADED, ErrorClass.TIMEOUT])
def test_what_is_one_keys_or_one_moments_parks_nobody_else(error_class: ErrorClass) -> None:
    played = stage(fails(error_class), **IN_ONE)
    played.go()
    assert played.asked()["two"] == 1


@pytest.mark.parametrize("error_class", sorted(BLOCKS))
def test_providers_that_name_no_account_share_nothing(error_class: ErrorClass) -> None:
    played = stage(fails_with(error_class, CLOSED), one=Fate(), two=Fate())
    played.go()
    assert played.asked() == {"one": 1, "two": 1}
