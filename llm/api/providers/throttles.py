"""Limits how often one user may test providers, which calls every vendor."""

from math import ceil
from typing import Any

from asgiref.sync import sync_to_async
from rest_framework.throttling import SimpleRateThrottle

from llm.conf import llm_settings
from web.errors import ApiError, retry_after


class TestThrottle(SimpleRateThrottle):
    """Counts in Django's cache: shared by all workers on Redis, else per worker."""

    __test__ = False  # no test case
    scope = "llm-test"

    def __init__(self, user_id: int) -> None:
        self.user_id = user_id
        super().__init__()

    def get_rate(self) -> str:
        return llm_settings().test_rate

    def get_cache_key(self, request: Any, view: Any) -> str:
        return self.cache_format % {"scope": self.scope, "ident": self.user_id}


async def throttle_tests(user_id: int) -> None:
    """Counts one test for the user. Raises ApiError 429 above the limit."""
    throttle = TestThrottle(user_id)
    if not await sync_to_async(throttle.allow_request)(None, None):  # type: ignore[arg-type]  # neither is used
        wait = throttle.wait() or 1.0
        message = f"At most {llm_settings().test_rate} tests are allowed; try again in {ceil(wait)} s."
        raise ApiError(429, "rate_limited", message, headers=retry_after(wait))
