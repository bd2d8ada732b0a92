"""Finding calls by an id, by indexes alone: the log is too large to be read through."""

from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from llm.models import Attempt, Call

MOST = 200
SHORTEST_PREFIX = 4


def find(queryset: QuerySet[Call], term: str) -> QuerySet[Call]:
    """The calls whose request id is `term` or begins with it, whose own id it is, or one of whose attempts a
    vendor knows by it; at most 200 of each.

    The ids are looked up first, apart from each other: in one query with OR and an order, a database
    may walk the log by date instead.
    """
    term = term.strip()
    if not term:
        return queryset
    found = set(Call.objects.filter(_by_request_id(term)).order_by().values_list("pk", flat=True)[:MOST])
    found.update(Attempt.objects.filter(vendor_request_id=term).order_by().values_list("call_id", flat=True)[:MOST])
    own_id = _uuid(term)
    if own_id is not None:
        found.add(own_id)
    return queryset.filter(pk__in=found)


def _by_request_id(term: str) -> Q:
    if len(term) < SHORTEST_PREFIX:
        return Q(request_id=term)
    if connection.vendor == "sqlite":
        # Its LIKE ignores case and therefore the index; its strings are ordered by code point, so a range does.
        return Q(request_id__gte=term, request_id__lt=term + chr(0x10FFFF))
    return Q(request_id__startswith=term)


def _uuid(term: str) -> UUID | None:
    try:
        return UUID(term)
    except ValueError:
        return None
