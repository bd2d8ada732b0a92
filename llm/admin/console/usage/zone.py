"""The time zone of the pages of usage. Sums are kept by hours of UTC, which not every zone's hours begin with."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from llm.conf import llm_settings
from llm.core.usage.periods import whole_hours

HALF_A_YEAR = timedelta(days=183)
"""From summer to winter."""


def in_whole_hours(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Answers in LLM_TIME_ZONE where the reader's zone is no whole number of hours from UTC, such as India's."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        now, zone = timezone.now(), timezone.get_current_timezone()
        if not whole_hours(zone, now - HALF_A_YEAR, now):
            timezone.activate(ZoneInfo(llm_settings().time_zone))
        return view(request, *args, **kwargs)

    return answered
