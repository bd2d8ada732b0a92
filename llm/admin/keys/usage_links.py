"""From what spends to what it did: the pages of its calls and of its spending."""

from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse

from llm.admin.base import RightsAdmin
from llm.admin.console.links import CALLERS, calls_link, link
from llm.models import Budget, Call, Consumer, ConsumerKey, Team, UsageSum
from llm.services.access.rights import Right, may

LAST = "30d"
SCOPES = {
    Budget.ScopeKind.TEAM: "team",
    Budget.ScopeKind.CONSUMER: "consumer",
    Budget.ScopeKind.KEY: "key_id",
    Budget.ScopeKind.TAG: "tag",
    Budget.ScopeKind.ROUTE: "route",
    Budget.ScopeKind.PROVIDER: "provider",
}
"""The filter that both pages know; of tags no sums are kept."""


class UsageLinks(NamedTuple):
    """Addresses; "" for a page that the user may not see, or that has no such filter."""

    calls: str
    spending: str


def usage_links(request: HttpRequest, row: Team | Consumer | ConsumerKey | Budget) -> UsageLinks:
    """The pages of the last 30 days, narrowed to the row."""
    only: dict[str, Any] = _filter_of(row)
    by = "model" if "provider" not in only else "route"
    return UsageLinks(
        calls=calls_link(last=LAST, origin=CALLERS, **only) if may(request.user, Right.VIEW, Call) else "",
        spending=link("console:spend", period=LAST, by=by, **only)
        if "tag" not in only and may(request.user, Right.VIEW, UsageSum)
        else "",
    )


def _filter_of(row: Team | Consumer | ConsumerKey | Budget) -> dict[str, str]:
    match row:
        case Team():
            return {"team": row.name}
        case Consumer():
            return {"consumer": row.name}
        case ConsumerKey():
            return {"key_id": str(row.pk)}
        case Budget():
            return {SCOPES[row.scope]: row.target} if row.scope in SCOPES else {}  # type: ignore[index]  # a str of the enum


class UsageLinksAdmin(RightsAdmin):
    """A screen whose rows lead to their calls and their spending."""

    change_form_outer_before_template = "admin/llm/usage_links.html"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row, extra = self.get_object(request, object_id), dict(extra_context or {})
        if row is not None and self.has_view_permission(request, row):
            extra["usage"] = usage_links(request, row)
        return super().change_view(request, object_id, form_url, extra)
