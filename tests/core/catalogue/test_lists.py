"""What a look at a list of models says."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from llm.core.catalogue.lists import BELIEVED_AFTER, EVERY, GONE_AFTER, Look, ModelList, after_look

NOW = datetime(2026, 11, 28, tzinfo=UTC)
MODELS = {"a", "b", "c", "d"}


def looks(*lists: set[str]) -> list[Look]:
    """The looks at these lists, one after another, six hours apart."""
    before, told = ModelList(), []
    for place, seen in enumerate(lists):
        look = after_look(before, seen, NOW + place * EVERY)
        before = look.after
        told.append(look)
    return told


def test_the_first_look_is_the_baseline_and_announces_nothing() -> None:
    (look,) = looks(MODELS)
    assert look.arrived == ()
    assert all(entry.is_baseline for entry in look.after.models.values())


def test_a_new_model_arrives_once() -> None:
    told = looks(MODELS, MODELS | {"e"}, MODELS | {"e"})
    assert [look.arrived for look in told] == [(), ("e",), ()]
    assert not told[-1].after.models["e"].is_baseline


def test_a_model_vanishes_at_the_third_look_without_it_and_is_told_once() -> None:
    told = looks(MODELS, *[MODELS - {"a"}] * 5)
    assert [look.vanished for look in told] == [(), (), (), ("a",), (), ()]


def test_one_bad_day_starts_the_count_anew() -> None:
    without = MODELS - {"a"}
    told = looks(MODELS, without, without, MODELS, without, without)
    assert all(look.vanished == () for look in told)


def test_a_vanished_model_can_come_back() -> None:
    told = looks(MODELS, *[MODELS - {"a"}] * 3, MODELS)
    assert told[-1].returned == ("a",)
    assert not told[-1].after.models["a"].is_gone


def test_an_empty_or_short_list_changes_nothing() -> None:
    told = looks(MODELS, set(), {"a"}, set(), {"z"})
    assert [look.doubted for look in told] == [False, True, True, True, True]
    assert told[-1].after.models == told[0].after.models


def test_a_short_list_is_believed_in_the_end() -> None:
    told = looks(MODELS, *[{"a"}] * (BELIEVED_AFTER + GONE_AFTER - 1))
    assert told[-1].vanished == ("b", "c", "d")


def test_a_first_look_that_finds_nothing_is_no_baseline() -> None:
    told = looks(set(), MODELS)
    assert told[0].doubted
    assert told[1].arrived == ()


@given(st.lists(st.sets(st.sampled_from("abcdef")), min_size=1, max_size=30))
def test_no_model_is_forgotten_and_none_vanishes_that_was_just_seen(lists: list[set[str]]) -> None:
    known: set[str] = set()
    for seen, look in zip(lists, looks(*lists), strict=True):
        assert known <= look.after.models.keys()
        known = set(look.after.models)
        assert not set(look.vanished) & seen
        assert all(entry.missed <= GONE_AFTER for entry in look.after.models.values())
        if not look.doubted:
            assert seen <= known
            assert all(look.after.models[model].last_seen - NOW >= timedelta(0) for model in seen)
