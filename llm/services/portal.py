"""Runs the async gateway's code from threads, on one long-lived event loop that keeps the connections open."""

import asyncio
import contextvars
import os
import queue
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from concurrent.futures import Future
from typing import Any, TypeVar

from asgiref.sync import SyncToAsync

Result = TypeVar("Result")

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None
_pid = 0


def portal_loop() -> asyncio.AbstractEventLoop:
    """The loop, running in its own daemon thread; created on first use, and again after a fork."""
    global _loop, _pid
    with _lock:
        if _loop is None or _pid != os.getpid():
            _loop, _pid = asyncio.new_event_loop(), os.getpid()
            threading.Thread(target=_loop.run_forever, name="llm-portal", daemon=True).start()
        return _loop


def run(make: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """The result of the coroutine; blocks until it ends. Raises RuntimeError when called on a running event loop.

    An exception in the waiting thread (KeyboardInterrupt) cancels the coroutine.
    """
    _refuse_running_loop()
    future = _submit(make)
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise


def iterate(make: Callable[[], AsyncGenerator[Result]]) -> Iterator[Result]:
    """The items of the async generator, as they come; blocks for each. Ending early closes the generator."""
    _refuse_running_loop()
    items: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()

    async def pump() -> None:
        source = make()
        try:
            async for item in source:
                items.put(("item", item))
            items.put(("end", None))
        except BaseException as error:
            items.put(("error", error))
            raise
        finally:
            await source.aclose()

    future: Future[None] = _submit(pump)
    try:
        while True:
            kind, value = items.get()
            if kind == "end":
                return
            if kind == "error":
                raise value
            yield value
    finally:
        future.cancel()


def _submit(make: Callable[[], Coroutine[Any, Any, Result]]) -> Future[Result]:
    """Starts the coroutine on the portal's loop, with a copy of the caller's context: request id, language.

    The copy drops asgiref's thread-sensitive context. A synchronous view under ASGI blocks that thread
    while it waits here, and ORM work bound to the same thread would deadlock with it.
    """
    context = contextvars.copy_context()
    context.run(SyncToAsync.thread_sensitive_context.set, None)  # type: ignore[arg-type]  # its default is None
    return context.run(lambda: asyncio.run_coroutine_threadsafe(make(), portal_loop()))


def _refuse_running_loop() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise RuntimeError("Called on a running event loop: await the async version of this function.")
