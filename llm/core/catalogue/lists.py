"""What a look at a vendor's list of models says: new models, vanished ones, and whether the list can be believed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

EVERY = timedelta(hours=6)
"""Between two looks at one account's list."""
GONE_AFTER = 3
"""Looks in a row without a model, after which it counts as vanished: lists have bad days."""
LEAST_SHARE = 0.5
"""A list with a smaller share of the known models is doubted: it changes nothing."""
BELIEVED_AFTER = 12
"""Doubted looks in a row, three days, after which the list is believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedModel:
    """A model of an account's list. `missed`: looks in a row that did not find it.

    `is_baseline`: it was there at the first look, so it did not arrive.
    """

    model: str
    first_seen: datetime
    last_seen: datetime
    missed: int = 0
    is_baseline: bool = False

    @property
    def is_gone(self) -> bool:
        return self.missed >= GONE_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelList:
    """An account's list as it is remembered. `doubts`: looks in a row that were not believed."""

    models: Mapping[str, ListedModel] = field(default_factory=dict)
    doubts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The list after a look, and what it told: models that arrived, vanished just now, or came back."""

    after: ModelList
    arrived: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()
    doubted: bool = False


def after_look(before: ModelList, seen: Iterable[str], now: datetime) -> Look:
    """The list after a look that found the models `seen`. The first look is the baseline."""
    found = frozenset(seen)
    present = {model for model, entry in before.models.items() if not entry.is_gone}
    few = not found or len(found & present) < LEAST_SHARE * len(present)
    if few and before.doubts + 1 < BELIEVED_AFTER and (present or not found):
        return Look(after=replace(before, doubts=before.doubts + 1), doubted=True)
    is_first = not before.models
    models: dict[str, ListedModel] = {}
    for model, entry in before.models.items():
        if model in found:
            models[model] = replace(entry, last_seen=now, missed=0)
        else:
            models[model] = replace(entry, missed=min(entry.missed + 1, GONE_AFTER))
    arrived = tuple(sorted(found - before.models.keys()))
    for model in arrived:
        models[model] = ListedModel(model=model, first_seen=now, last_seen=now, is_baseline=is_first)
    return Look(
        after=ModelList(models=models, doubts=before.doubts if few else 0),
        arrived=() if is_first else arrived,
        vanished=tuple(
            sorted(model for model, entry in models.items() if entry.is_gone and not _was_gone(before, model))
        ),
        returned=tuple(sorted(model for model in found & before.models.keys() if before.models[model].is_gone)),
    )


def _was_gone(before: ModelList, model: str) -> bool:
    entry = before.models.get(model)
    return entry is not None and entry.is_gone
