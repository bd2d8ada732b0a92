"""Reads lists of models: OpenAI's shape, which Anthropic shares, and Cohere's."""

from llm.adapters.transport.lenient_json import text


def data_ids(body: object) -> tuple[str, ...] | None:
    """The ids of `{"data": [{"id": ...}]}`, or of the bare list that some compatible vendors send."""
    listed = body.get("data") if isinstance(body, dict) else body
    if not isinstance(listed, list):
        return None
    return tuple(found for entry in listed if (found := text(entry, "id")))


def named_ids(body: object) -> tuple[str, ...] | None:
    """The names of `{"models": [{"name": ...}]}`."""
    listed = body.get("models") if isinstance(body, dict) else None
    if not isinstance(listed, list):
        return None
    return tuple(found for entry in listed if (found := text(entry, "name")))
