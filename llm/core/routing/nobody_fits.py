"""A call for which nobody was asked, because no provider can take its request."""

from collections.abc import Iterable

from llm.core.calls import Skip, SkipReason
from llm.core.failures.policy import ErrorClass, Failure

MISFITS = frozenset({SkipReason.CAPABILITY, SkipReason.CONTEXT_WINDOW, SkipReason.LIMIT})
FOR_GOOD = MISFITS | {SkipReason.DISABLED, SkipReason.NO_KEY, SkipReason.EXCLUDED, SkipReason.NOT_ALLOWED}
"""Reasons that waiting does not change. An operator's override has reasons of its own, with its end."""


def nobody_fits(skips: Iterable[Skip]) -> Failure | None:
    """The request's own fault when no provider could ever take it; None when one may later.

    A bound on requests is named also while others are out: the caller can keep within it.
    """
    skips = tuple(skips)
    misfits = [skip for skip in skips if skip.reason in MISFITS]
    beyond = [skip for skip in misfits if skip.reason is SkipReason.LIMIT]
    if not misfits or (not beyond and any(skip.until is not None or skip.reason not in FOR_GOOD for skip in skips)):
        return None
    misfits = beyond or misfits
    details = "; ".join(f"{skip.provider}: {skip.detail}" for skip in misfits)
    too_long = all(skip.reason is SkipReason.CONTEXT_WINDOW for skip in misfits)
    return Failure(
        error_class=ErrorClass.CONTEXT_LENGTH if too_long else ErrorClass.INVALID_REQUEST,
        message=f"No provider here can take this request ({details}).",
        parameter=misfits[0].parameter,
    )
