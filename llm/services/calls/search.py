"""Search for calls by an id, through indexes only: the log is too large for a full scan."""

from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from llm.models import Attempt, Call

MOST = 200
SHORTEST_PREFIX = 4


def find(queryset: QuerySet[Call], term: str) -> QuerySet[Call]:
    """The calls whose request id begins with `term`, whose id it is, or with an attempt of that vendor request id.

    At most 200 of each. The ids are looked up in separate queries: for one query with OR and an order,
    a database may scan the log by date.
    """
    term = term.strip()
    if not term:
        return queryset
    call_ids = set(Call.objects.filter(_by_request_id(term)).order_by().values_list("pk", flat=True)[:MOST])
    call_ids.update(Attempt.objects.filter(vendor_request_id=term).order_by().values_list("call_id", flat=True)[:MOST])
    own_id = _uuid(term)
    if own_id is not None:
        call_ids.add(own_id)
    return queryset.filter(pk__in=call_ids)


def _by_request_id(term: str) -> Q:
    if len(term) < SHORTEST_PREFIX:
        return Q(request_id=term)
    if connection.vendor == "sqlite":
        # SQLite's LIKE ignores case and so the index. Its strings are ordered by code point, so a range uses it.
        return Q(request_id__gte=term, request_id__lt=term + chr(0x10FFFF))
    return Q(request_id__startswith=term)


def _uuid(term: str) -> UUID | None:
    try:
        return UUID(term)
    except ValueError:
        return None
