"""Failures of our own: what a builder, or an SDK, raises before a byte is sent."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from llm.core.failures.policy import ErrorClass, Failure, ProviderError

logger = logging.getLogger(__name__)


@contextmanager
def building() -> Iterator[None]:
    """Turns what a builder raises into an internal failure, which says nothing of the vendor."""
    try:
        yield
    except ProviderError:
        raise
    except Exception as error:  # a caller's value may break a builder in any way
        raise internal(error) from error


def internal(error: Exception) -> ProviderError:
    """The failure of a builder or of an SDK before a byte is sent. Logs the traceback."""
    logger.error("a request could not be built", exc_info=error)
    return ProviderError(
        Failure(error_class=ErrorClass.INTERNAL, message=f"the request could not be built: {type(error).__name__}")
    )
