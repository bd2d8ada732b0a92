"""Lets an app bring its own route: the route's settings, its static answers."""

from collections.abc import Mapping

from llm.stores.config.routes import RegisteredRoute, register


def register_route(
    name: str,
    *,
    description: str,
    texts: Mapping[str, str],
    next_on_refusal: bool = False,
    deadline_s: float | None = None,
) -> None:
    """Registers the route `name` with its static answers by language ("fr", "en"). For `AppConfig.ready()`.

    The row is made when the environment is synced; a row that is there already stays as it is.
    `next_on_refusal`: a vendor's refusal moves the request to the next one. `deadline_s`: None is LLM_DEADLINE_S.
    Raises ValueError when another route has this name.
    """
    register(
        RegisteredRoute(
            name=name,
            description=description,
            texts=dict(texts),
            next_on_refusal=next_on_refusal,
            deadline_s=deadline_s,
        )
    )
