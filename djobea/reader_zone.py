"""Shows the admin's times in the reader's time zone. The browser names it in a cookie: llm/static/llm/zone.js."""

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import HttpRequest
from django.utils import timezone
from django.utils.deprecation import MiddlewareMixin

from llm.conf import llm_settings

COOKIE = "djb_zone"
NAME = re.compile(r"[A-Za-z0-9_+\-/]{1,64}")


class ReaderZoneMiddleware(MiddlewareMixin):
    """Activates the zone of the cookie below /admin/, LLM_TIME_ZONE without a known one, and UTC elsewhere."""

    def process_request(self, request: HttpRequest) -> None:
        if request.path_info.startswith("/admin/"):
            timezone.activate(zone_named(request.COOKIES.get(COOKIE, "")) or ZoneInfo(llm_settings().time_zone))
        else:
            timezone.deactivate()  # a thread may have served the admin before


def zone_named(name: str) -> ZoneInfo | None:
    """The zone of the tz database, None for any other name."""
    if not NAME.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the last two for a path that is no zone
        return None
