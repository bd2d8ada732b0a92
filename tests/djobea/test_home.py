"""The first page and the sign-in page: what a newcomer reads before there is a session."""

import re

import pytest
from django.test import Client


@pytest.mark.parametrize(
    ("language", "words"), [("en", "This server answers requests"), ("fr", "Ce serveur répond aux requêtes")]
)
def test_the_first_page_says_what_this_is_in_the_browsers_language(client: Client, language: str, words: str) -> None:
    page = client.get("/", headers={"Accept-Language": language}).content.decode()
    assert f'<html lang="{language}">' in page
    assert words in page


@pytest.mark.django_db
def test_its_links_lead_somewhere(client: Client) -> None:
    page = client.get("/").content.decode()
    links = [link for link in re.findall(r'href="([^"]+)"', page) if not link.startswith("/static/")]
    assert links == ["/admin/", "/api/docs", "/api/llm/health"]
    statuses = [client.get(link, follow=True, headers={"Accept": "text/html"}).status_code for link in links]
    assert statuses == [200, 200, 503]  # no provider is configured, and the health says so


def test_it_names_its_own_address_for_clients_of_both_vendors(client: Client) -> None:
    page = client.get("/").content.decode()
    assert "<code>http://testserver/v1</code>" in page
    assert "<code>http://testserver</code>" in page


def test_it_has_no_inline_style_or_script_and_no_other_host(client: Client) -> None:
    page = client.get("/").content.decode()
    for forbidden in ("<style", "<script", " style=", " onclick=", "https://", "//cdn"):
        assert forbidden not in page


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "words"), [("en", "Set a new one on the server"), ("fr", "sur le serveur")])
def test_the_sign_in_page_says_how_to_get_a_password(client: Client, language: str, words: str) -> None:
    page = client.get("/admin/login/", headers={"Accept-Language": language}).content.decode()
    assert words in page
    assert "manage.py changepassword admin" in page
    assert ("Welcome back" in page) == (language == "en")
