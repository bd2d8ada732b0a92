"""Fits a request to the bounds of the vendor that gets it."""

import hashlib
import re
from dataclasses import replace
from math import isfinite

from llm.core.chat.request import ChatRequest
from llm.core.routing.limits import RequestLimits

PERSONAL = re.compile(r"[^@\s]+@[^@\s]+\.\w|^\+?[\d ()./-]{7,20}$")
"""An e-mail address, or a telephone number (https://platform.claude.com/docs/en/api/messages, `metadata.user_id`)."""
NUMBERS = ("temperature", "top_p", "frequency_penalty", "presence_penalty")


def fit(request: ChatRequest, limits: RequestLimits) -> ChatRequest:
    """The request within `limits`: `user` hashed, `max_tokens` capped, stops that the vendor takes.

    The gateway applies the caller's other stops to the answer: see `llm.adapters.fitting.stops`. Raises ValueError for
    numbers that JSON does not have.
    """
    if not all(map(isfinite, filter(None, (getattr(request, name) for name in NUMBERS)))):
        raise ValueError("JSON has no NaN and no Infinity")
    user, max_tokens, stop = request.user, request.max_tokens, _sent_stops(request, limits)
    if user is not None and limits.user is not None and (len(user) > limits.user or _is_personal(user, limits)):
        user = hashlib.sha256(user.encode("utf-8", "replace")).hexdigest()[: limits.user]
    if max_tokens is not None and limits.output_tokens is not None:
        max_tokens = min(max_tokens, limits.output_tokens)
    if (user, max_tokens, stop) == (request.user, request.max_tokens, request.stop):
        return request
    return replace(request, user=user, max_tokens=max_tokens, stop=stop)


def _is_personal(user: str, limits: RequestLimits) -> bool:
    return limits.plain_user and PERSONAL.search(user) is not None


def surplus_stops(request: ChatRequest, limits: RequestLimits) -> tuple[str, ...]:
    """The stop sequences that `fit` leaves out of the request."""
    sent = frozenset(_sent_stops(request, limits))
    return tuple(stop for stop in request.stop if stop not in sent)


def _sent_stops(request: ChatRequest, limits: RequestLimits) -> tuple[str, ...]:
    stops = request.stop if limits.blank_stops else tuple(stop for stop in request.stop if stop.strip())
    return stops if limits.stops is None else stops[: limits.stops]
