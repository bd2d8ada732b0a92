"""Every page of the admin, by identity: lists, forms, histories, deletions, own buttons, Django's pages."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLResolver, get_resolver

from tests.rights.conftest import World
from tests.rights.people import METHODS, STAFF, Who
from tests.rights.screens import OPEN_PAGES, PAGES, SCREENS, UUID

NO_ROW = "0"
"""The id of a model for which the world has no row. Django then sends those who may look back to the first page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a model, and who may GET it and POST to it."""

    address: str
    get: frozenset[Who]
    post: frozenset[Who]


def pages_of(world: World) -> Iterator[Page]:
    for label, screen in SCREENS.items():
        base = f"/admin/{label.replace('.', '/')}/"
        pk = world.rows.get(label, NO_ROW)
        looks = screen.view | screen.change
        yield Page(address=base, get=looks, post=looks)
        yield Page(address=f"{base}add/", get=screen.add, post=screen.add)
        yield Page(address=f"{base}{pk}/change/", get=looks, post=screen.change)
        if pk != NO_ROW:  # Django tells all staff that a row is not there
            yield Page(address=f"{base}{pk}/history/", get=looks, post=looks)
        for name, who in screen.pages:
            yield Page(address=f"{base}{pk}/{name}/", get=who, post=who)
        yield Page(address=f"{base}{pk}/delete/", get=screen.delete, post=screen.delete)


def _wrong(client: Client, who: Who, page: Page, method: str) -> str | None:
    allowed = page.post if method == "POST" else page.get
    answer = client.generic(method, page.address, "", "application/x-www-form-urlencoded")
    to_sign_in = answer.status_code == 302 and answer["Location"].startswith("/admin/login/")
    if who not in STAFF:
        right = to_sign_in
    elif who in allowed:
        right = answer.status_code in (200, 302) and not to_sign_in
    else:
        right = answer.status_code == 403
    return None if right else f"{method} {page.address}: {answer.status_code}"


@pytest.mark.parametrize("who", Who)
def test_each_identity_gets_what_the_table_says(who: Who, world: World) -> None:
    world.mend()
    client, wrong = world.browser(who), []
    for page in pages_of(world):
        # Django's admin takes every other method for GET: asked of those whom nothing but the rights would stop.
        for method in METHODS if who is Who.BARE_STAFF else ("GET", "POST"):
            wrong.append(_wrong(client, who, page, method))
        if page.address.endswith("/delete/"):
            answer = client.post(page.address, {"post": "yes"})
            deleted = answer.status_code == 302 and who in STAFF
            assert deleted == (who in page.post), page.address
    for address, (allowed, status) in PAGES.items():
        answer = client.get(f"/{address}")
        expected = {status} if who in allowed else {403, 404} if who in STAFF else {302, 404}
        if answer.status_code not in expected:
            wrong.append(f"GET /{address}: {answer.status_code}")
    assert [text for text in wrong if text] == []


@pytest.mark.parametrize("who", Who)
def test_the_screens_own_buttons_are_refused_without_the_right(who: Who, world: World) -> None:
    world.mend()
    client = world.browser(who)
    for label, screen in SCREENS.items():
        for name, allowed in screen.actions:
            address = f"/admin/{label.replace('.', '/')}/{world.rows[label]}/{name}/"
            answer = client.post(address)
            if who in STAFF:
                assert answer.status_code == (302 if who in allowed else 403), address
            else:
                assert answer["Location"].startswith("/admin/login/"), address
            assert client.get(address).status_code in (302, 405), address


def _routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    for pattern in (resolver or get_resolver()).url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern, route)
        elif route.startswith(("admin/", "i18n/")) or not route:
            yield route


def _known() -> set[str]:
    models = {f"admin/{label.replace('.', '/')}/" for label in SCREENS}
    own = {"", "add/", *(f"<path:object_id>/{page}" for page in ("", "change/", "delete/", "history/"))}
    known = {f"{base}{page}" for base in models for page in own}
    for label, screen in SCREENS.items():
        base = f"admin/{label.replace('.', '/')}/"
        known |= {f"{base}<uuid:pk>/{name}/" for name, _ in screen.actions}
        known |= {f"{base}<id>/{name}/" for name, _ in screen.pages}
    return known


def test_every_screen_and_every_page_has_a_row() -> None:
    assert {model._meta.label_lower for model in admin.site._registry} == set(SCREENS)
    apps = "|".join(dict.fromkeys(model._meta.app_label for model in admin.site._registry))
    others = {
        "admin/r/<path:content_type_id>/<path:object_id>/": "admin/r/0/0/",
        f"admin/^(?P<app_label>{apps})/$": "admin/llm/",
        "admin/(?P<url>.*)$": "admin/unknown",
        "admin/autocomplete/": next(page for page in PAGES if page.startswith("admin/autocomplete/")),
    }
    examples = {"<slug:preset>": "mistral", "<uuid:pk>": UUID}
    for blank, example in examples.items():
        others |= {
            route: route.replace(blank, example) for route in _routes() if blank in route and route not in _known()
        }
    asked = {others.get(route, route) for route in set(_routes()) - _known()}
    assert asked - set(PAGES) - set(OPEN_PAGES) == set()
