"""Runs ORM functions on a thread for async views."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import connection

Params = ParamSpec("Params")
Result = TypeVar("Result")


def in_database(function: Callable[Params, Result]) -> Callable[Params, Coroutine[Any, Any, Result]]:
    """Makes an ORM function awaitable. It runs on a thread, which then returns its connection to the pool.

    A request that kept its connection during a vendor's call of seconds would empty the pool.
    """

    @wraps(function)
    def run(*args: Params.args, **kwargs: Params.kwargs) -> Result:
        try:
            return function(*args, **kwargs)
        finally:
            if not connection.in_atomic_block:
                connection.close()

    return sync_to_async(run)
