"""Every kind of question that the analytics answer, as parameters of the API, and pages of the admin."""

from datetime import datetime, timedelta
from typing import Any

DAYS = 30
WEEK = 7


def questions(now: datetime) -> dict[str, dict[str, Any]]:
    """The parameters by the question's name. 30 days, by hour a week; the last hour is the running one."""
    month = {"from": (now - timedelta(days=DAYS)).isoformat(), "to": now.isoformat()}
    week = {**month, "from": (now - timedelta(days=WEEK)).isoformat()}
    groupings = ("provider", "model", "route", "key", "team", "status", "error_class", "day", "month")
    pairs = (
        "provider,day", "model,route", "route,status", "key,model", "key,route", "key,status", "key,day", "team,month",
        "error_class,provider",
    )  # fmt: skip
    filters = {
        "provider": "claude", "model": "gpt-6.1-terra", "route": "default", "key": "shop 3", "team": "team 2",
        "status": "static", "error_class": "timeout",
    }  # fmt: skip
    return {
        "totals of a day": {"to": now.isoformat()},
        "totals": month,
        **{f"by {name}": {**month, "group_by": name} for name in (*groupings, *pairs)},
        "by hour": {**week, "group_by": "hour"},
        "by hour of 30 days": {**month, "group_by": "hour"},
        **{f"by {name} and hour": {**week, "group_by": f"{name},hour"} for name in ("provider", "route", "key")},
        "by day in Tokyo": {**month, "group_by": "day", "time_zone": "Asia/Tokyo"},
        "by provider and day in Tokyo": {**month, "group_by": "provider,day", "time_zone": "Asia/Tokyo"},
        **{f"only one {name}, by day": {**month, "group_by": "day", name: value} for name, value in filters.items()},
        "one provider and route, by model": {**month, "group_by": "model", "provider": "claude", "route": "default"},
        "compared": {**week, "compare": "previous"},
        "by model, compared": {**week, "group_by": "model", "compare": "previous"},
        "by key, 10 and others": {**month, "group_by": "key", "limit": 10},
        "with tests": {**month, "include": "test"},
        "cost and its parts, by model": {**month, "group_by": "model", "fields": "cost_usd,cost_parts"},
    }


def pages(request_id: str) -> dict[str, str]:
    """Paths of the admin by the page's name."""
    return {
        "admin: start page": "/admin/",
        "admin: calls": "/admin/llm/call/",
        "admin: attempts and changes": "/admin/console/day/",
        "admin: calls of a week": "/admin/llm/call/?last=7d",
        "admin: calls of a status": "/admin/llm/call/?status=static",
        "admin: calls of a route": "/admin/llm/call/?route=support",
        "admin: search by request id": f"/admin/llm/call/?q={request_id}",
        "admin: search for nothing known": "/admin/llm/call/?q=req-unknown",
        "admin: spending of 30 days": "/admin/console/spend/?period=30d",
        "admin: latency": "/admin/console/latency/",
        "admin: providers": "/admin/llm/provider/",
        "admin: keys": "/admin/llm/consumerkey/",
    }
