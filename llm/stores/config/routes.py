"""The registry of the apps' routes. `environment.make_routes_and_texts` creates their rows."""

from collections.abc import Mapping
from dataclasses import dataclass

from llm.core.chat.static_answers import GENERIC_TEXTS


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredRoute:
    """An app's route: the fields of its first row, and its built-in static answers by language."""

    name: str
    description: str
    texts: Mapping[str, str]
    next_on_refusal: bool
    deadline_s: float | None


_routes = {
    "default": RegisteredRoute(
        name="default",
        description="What callers get who name no route.",
        texts=GENERIC_TEXTS,
        next_on_refusal=False,
        deadline_s=None,
    )
}


def register(route: RegisteredRoute) -> None:
    """Adds a route. Raises ValueError when a different route has its name; a repetition changes nothing."""
    if _routes.setdefault(route.name, route) != route:
        raise ValueError(f"route {route.name!r} is registered twice")


def registered_routes() -> tuple[RegisteredRoute, ...]:
    """Every registered route, the default one first."""
    return tuple(_routes.values())


def built_in_texts() -> dict[tuple[str, str], str]:
    """(route, language) -> static answer, of every registered route."""
    return {(route.name, language): text for route in _routes.values() for language, text in route.texts.items()}
