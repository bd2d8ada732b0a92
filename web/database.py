"""The one way from async views to the ORM."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import connection

Given = ParamSpec("Given")
Result = TypeVar("Result")


def in_database(work: Callable[Given, Result]) -> Callable[Given, Coroutine[Any, Any, Result]]:
    """Makes ORM work awaitable: on a thread, its connection given back before the caller goes on.

    A request that kept its connection while a vendor thinks for seconds would empty the pool.
    """

    @wraps(work)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        try:
            return work(*args, **kwargs)
        finally:
            if not connection.in_atomic_block:
                connection.close()

    return sync_to_async(run)
