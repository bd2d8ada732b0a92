"""Bounds the work of validating a value by a schema, before the validator starts.

jsonschema-rs cannot be interrupted, and validates a definition again for each reference to it: thirty definitions
that each refer twice to the next make a thousand million steps.
"""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any
from urllib.parse import unquote

MAX_STEPS = 10_000_000
"""Keywords applied to one answer: about a quarter of a second at worst."""
MAX_DEPTH = 100
"""Levels of an answer. The validator recurses on the native stack: 9,000 levels pass, 30,000 end the process."""
CHARS_PER_STEP = 4
"""Characters of a string that cost as much as one keyword, under a slow regular expression."""
REPETITIONS = 4
"""Applications of one schema under a repeating keyword. Three were measured with jsonschema-rs 0.61."""

SAME_VALUE = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "dependencies")
"""Keywords whose schemas apply to the value itself."""
REPEATING = frozenset({"unevaluatedProperties", "unevaluatedItems"})
"""Keywords that apply the schemas beside them again, to see which children these cover."""
ANY_CHILD = (
    "additionalProperties",
    "unevaluatedProperties",
    "propertyNames",
    "patternProperties",
    "items",
    "unevaluatedItems",
    "contains",
)
"""Keywords whose schemas may apply to every child of the value."""
ONE_CHILD = ("properties", "prefixItems")
"""Keywords of which one schema at most applies to a child."""
DEFINITIONS = ("$defs", "definitions")
MAPS = frozenset({*DEFINITIONS, "dependentSchemas", "dependencies", "patternProperties", "properties"})
REFERENCES = ("$ref", "$dynamicRef")
ONLY_LOCAL = "only references within the schema, which begin with #, are followed."


class UnusableSchema(ValueError):
    """The schema cannot be applied to any value. The message is a sentence for the caller."""


class SchemaCost:
    """The greatest number of steps that a schema takes for one value, by the value's depth."""

    def __init__(self, schema: Any) -> None:
        """Raises UnusableSchema for a reference that leads nowhere or in a circle, and for too many of them."""
        self._weights: list[int] = []
        self._repetitions: list[int] = []
        self._same: list[list[int]] = []
        self._any: list[list[int]] = []
        self._one: list[list[int]] = []
        self._read(schema)
        try:
            self._order = tuple(TopologicalSorter(dict(enumerate(self._same))).static_order())
        except CycleError as error:
            raise UnusableSchema("A reference of the schema leads back to itself.") from error
        self._levels = [self._next_level(None)]
        if self._at_depth(0) > MAX_STEPS:
            raise UnusableSchema("The schema's references multiply: it would take too long to apply.")

    def steps(self, value: object) -> int | None:
        """The steps for `value` at most; None when they pass MAX_STEPS or the value passes MAX_DEPTH."""
        steps = 0
        for depth, size in enumerate(_sizes(value)):
            steps += size * self._at_depth(depth)
            if depth == MAX_DEPTH or steps > MAX_STEPS:
                return None
        return steps

    def _at_depth(self, depth: int) -> int:
        while len(self._levels) <= depth:
            self._levels.append(self._next_level(self._levels[-1]))
        return self._levels[depth][0]

    def _next_level(self, above: list[int] | None) -> list[int]:
        """The steps of every subschema, by number, for values `len(self._levels)` levels below it."""
        costs = [0] * len(self._weights)
        for node in self._order:
            cost = sum(costs[other] for other in self._same[node])
            if above is None:
                cost += self._weights[node]
            else:
                cost += sum(above[other] for other in self._any[node])
                cost += max((above[other] for other in self._one[node]), default=0)
            # The bound keeps the numbers of a schema that doubles at every level small.
            costs[node] = min(cost * self._repetitions[node], MAX_STEPS + 1)
        return costs

    def _read(self, root: Any) -> None:
        anchors = _anchors(root)
        schemas: list[Any] = []
        numbers: dict[int, int] = {}

        def number(schema: Any) -> int:
            if id(schema) not in numbers:
                numbers[id(schema)] = len(schemas)
                schemas.append(schema)
            return numbers[id(schema)]

        number(root)
        for schema in schemas:  # grows while it is read
            keywords = schema if isinstance(schema, dict) else {}
            references = [keywords[name] for name in REFERENCES if name in keywords]
            targets = [_target(root, reference, anchors) for reference in references]
            self._same.append([number(inner) for inner in (*targets, *_schemas(keywords, SAME_VALUE))])
            self._any.append([number(inner) for inner in _schemas(keywords, ANY_CHILD)])
            self._one.append([number(inner) for inner in _schemas(keywords, ONE_CHILD)])
            for inner in _schemas(keywords, DEFINITIONS):
                number(inner)
            self._weights.append(1 + sum(len(held) for held in keywords.values() if isinstance(held, list | dict)))
            self._repetitions.append(REPETITIONS if REPEATING & keywords.keys() else 1)


def _schemas(keywords: dict[str, Any], names: tuple[str, ...]) -> Iterator[Any]:
    """The schemas that stand under the keywords `names`: one, a list, or an object of them."""
    for name in names:
        held = keywords.get(name)
        if isinstance(held, list):
            yield from held
        elif isinstance(held, dict) and name in MAPS:
            yield from held.values()
        elif held is not None:
            yield held


def _anchors(root: Any) -> dict[str, Any]:
    """The schemas that a reference can name without a path. Raises UnusableSchema where a name has two meanings.

    A nested `$id` would give `#` another meaning below it.
    """
    anchors: dict[str, Any] = {}
    pending = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            pending.extend(node)
        elif isinstance(node, dict):
            if node is not root and isinstance(node.get("$id"), str):
                raise UnusableSchema("Only the schema as a whole may have an $id.")
            for anchor in {name for name in (node.get("$anchor"), node.get("$dynamicAnchor")) if isinstance(name, str)}:
                if anchor in anchors:
                    raise UnusableSchema(f"The anchor {anchor[:80]!r} stands in the schema twice.")
                anchors[anchor] = node
            pending.extend(node.values())
    return anchors


def _target(root: Any, reference: str, anchors: dict[str, Any]) -> Any:
    """The schema that `reference` names within `root`."""
    path = unquote(reference.removeprefix("#"))
    target = anchors.get(path)
    if reference.startswith("#") and (not path or path.startswith("/")):
        target = root
        for step in path.split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            if isinstance(target, list) and name.isdecimal() and int(name) < len(target):
                target = target[int(name)]
            else:
                target = target.get(name) if isinstance(target, dict) else None
    if not isinstance(target, dict | bool):
        raise UnusableSchema(f"The reference {reference[:80]!r} leads nowhere: {ONLY_LOCAL}")
    return target


def _sizes(value: object) -> Iterator[int]:
    """The number of values at each depth of `value`, where a long string counts as several."""
    level = [value]
    while level:
        yield sum(1 + len(item) // CHARS_PER_STEP if isinstance(item, str) else 1 for item in level)
        children: list[object] = []
        for item in level:
            if isinstance(item, dict):
                children.extend(item)
                children.extend(item.values())
            elif isinstance(item, list):
                children.extend(item)
        level = children
