"""WhiteNoise for an async server: a thread hop only for static files, which are sent whole."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, ClassVar

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """Serves the files under STATIC_URL.

    WhiteNoise's own class is synchronous, so that under ASGI every request would go through a thread.
    """

    sync_capable = async_capable = True
    _found: ClassVar[dict[str, Any]] = {}

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        super().__init__(get_response)
        self._async = iscoroutinefunction(get_response)
        if self._async:
            markcoroutinefunction(self)

    def add_files(self, root: str, prefix: str | None = None) -> None:
        """WhiteNoise warns of a folder that is missing. Ours is there only after `collectstatic`."""
        if Path(root).is_dir():
            super().add_files(root, prefix)

    def add_files_from_finders(self) -> None:
        """Finds the files of the apps once a process: each chain of middleware would read some 200 of them again."""
        if not self._found:
            super().add_files_from_finders()
            self._found.update(self.files)
        self.files.update(self._found)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        static_file = self.files.get(request.path_info)
        if static_file is None:
            return self.get_response(request)
        read = sync_to_async(self._read_whole) if self._async else self._read_whole
        return read(static_file, request)

    def _read_whole(self, static_file: Any, request: HttpRequest) -> HttpResponse:
        served = self.serve(static_file, request)
        content = b"".join(served)
        served.close()
        return HttpResponse(content, status=served.status_code, headers=dict(served.headers))
