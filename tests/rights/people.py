"""The identities of the permission matrix, and the rows of its tables."""

from dataclasses import dataclass
from enum import StrEnum

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Who(StrEnum):
    """Who asks. BARE_STAFF has `is_staff` and no permission; OPERATOR and ADMINISTRATOR are in the groups."""

    ANONYMOUS = "anonymous"
    CONSUMER = "consumer"
    OTHER = "other consumer"
    BARE_STAFF = "staff without rights"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"
    SUPERUSER = "superuser"


OPERATORS = frozenset({Who.OPERATOR, Who.ADMINISTRATOR, Who.SUPERUSER})
ADMINISTRATORS = frozenset({Who.ADMINISTRATOR, Who.SUPERUSER})
SUPERUSERS = frozenset({Who.SUPERUSER})
NOBODY: frozenset[Who] = frozenset()
STAFF = OPERATORS | {Who.BARE_STAFF}
CONSUMERS = frozenset({Who.CONSUMER, Who.OTHER})
EVERYBODY = frozenset(Who)

Statuses = dict[Who, int]
"""What each identity gets."""


def allowed(who: frozenset[Who], status: int = 200, *, others: int = 403) -> Statuses:
    """`status` for `who`, 401 for anonymous, `others` for the rest."""
    refused = {person: 401 if person is Who.ANONYMOUS else others for person in Who}
    return {**refused, **dict.fromkeys(who, status)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """The expected statuses of an endpoint by method; a method without any is a 405 for all.

    `body` is sent with POST, PUT and PATCH. HEAD is answered as GET.
    """

    get: Statuses | None = None
    post: Statuses | None = None
    patch: Statuses | None = None
    delete: Statuses | None = None
    body: str = "{}"

    def expected(self, method: str, who: Who) -> int:
        statuses: Statuses | None = getattr(self, {"HEAD": "get"}.get(method, method.lower()), None)
        return 405 if statuses is None else statuses[who]


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """Who may view, add, change and delete the rows of a model in the admin. By default superusers: Django's own rule.

    `actions` has the screen's own addresses below the row, each with those who may POST to it. `pages` has further
    addresses of Django's.
    """

    view: frozenset[Who] = SUPERUSERS
    add: frozenset[Who] = SUPERUSERS
    change: frozenset[Who] = SUPERUSERS
    delete: frozenset[Who] = SUPERUSERS
    actions: tuple[tuple[str, frozenset[Who]], ...] = ()
    pages: tuple[tuple[str, frozenset[Who]], ...] = ()
