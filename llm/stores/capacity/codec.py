"""A worker's share <-> text. Unknown fields, as of a newer release, are ignored."""

from pydantic import TypeAdapter, ValidationError

from llm.core.capacity.share import WorkerShare

ADAPTER = TypeAdapter(WorkerShare)


def dump(share: WorkerShare) -> str:
    """The share as JSON."""
    return ADAPTER.dump_json(share, exclude_defaults=True).decode()


def load(text: str | bytes) -> WorkerShare | None:
    """The share that `dump` wrote; None for anything else."""
    try:
        return ADAPTER.validate_json(text)
    except ValidationError:
        return None
