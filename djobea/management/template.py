"""The imports of a server, made before its workers are forked. None of them may start a thread or open a connection."""

import threading

from django.urls import get_resolver


def import_all() -> None:
    """Imports the application, its views and the vendors' SDKs. Raises RuntimeError when one has started a thread.

    A forked child has only the thread that forked it: locks that another one held would stay locked.
    """
    import djobea.asgi  # noqa: F401  sets Django up
    from llm.services.runtime import import_sdks

    get_resolver().url_patterns  # noqa: B018  imports all views
    import_sdks()
    if others := [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]:
        raise RuntimeError(f"An import has started threads: {', '.join(others)}.")
