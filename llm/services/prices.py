"""Changes of the operators' own prices, one at a time: two at once could overlap unseen."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from llm.models import ConfigVersion


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """A transaction that waits for others of its kind."""
    with transaction.atomic():
        ConfigVersion.objects.get_or_create(pk=1)
        ConfigVersion.objects.select_for_update().get(pk=1)
        yield
