"""Who sees the vendors' addresses and words, and how the providers do."""

from typing import Protocol


class _Account(Protocol):
    @property
    def is_staff(self) -> bool: ...


def sees_operations(user: _Account) -> bool:
    """Whether the user sees addresses, vendors' messages and figures. Others see who answers, and since when not."""
    return user.is_staff
