"""Conversations in the admin: who sees the list, and who sees what was said."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from conversations.models import Conversation, Turn
from tests.conftest import Person

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/admin/conversations/conversation/"
TITLE = "Fuite chez moi"
SECRET = "La clé est sous le pot de fleurs"


@pytest.fixture
def conversation(consumer: Person) -> Conversation:
    made = Conversation.objects.create(user=consumer.user, title=TITLE)
    Turn.objects.create(conversation=made, seq=1, role="user", content=SECRET)
    Turn.objects.create(conversation=made, seq=2, role="assistant", content="Merci.", provider="gemini", model="m")
    return made


@pytest.fixture
def seen_by(admin: Person, conversation: Conversation) -> Callable[..., str]:
    """The list and the page of the conversation, as a superuser or a colleague with the view permission gets them."""
    colleague = User.objects.create_user("carol", password="x", is_staff=True)
    colleague.user_permissions.set(Permission.objects.filter(codename__in=["view_conversation", "view_turn"]))

    def look(*, superuser: bool) -> str:
        client = Client()
        client.force_login(admin.user if superuser else colleague)
        pages = [client.get(LIST), client.get(f"{LIST}{conversation.pk}/change/"), client.get(f"{LIST}?q=alice")]
        assert [page.status_code for page in pages] == [200] * 3
        return "".join(page.content.decode() for page in pages)

    return look


def test_a_superuser_sees_who_answered_and_what_was_said(seen_by: Callable[..., str]) -> None:
    page = seen_by(superuser=True)
    for text in (TITLE, SECRET, "gemini", "alice"):
        assert text in page


def test_a_colleague_sees_no_word_of_what_was_said(seen_by: Callable[..., str]) -> None:
    page = seen_by(superuser=False)
    assert "gemini" in page
    assert "alice" in page
    assert TITLE not in page
    assert SECRET not in page


def test_nobody_changes_or_deletes_it_here(admin: Person, conversation: Conversation) -> None:
    client = Client()
    client.force_login(admin.user)
    one = f"{LIST}{conversation.pk}"
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{one}/change/", {"title": "x"}).status_code == 403
    assert client.post(f"{one}/delete/", {"post": "yes"}).status_code == 403
    conversation.refresh_from_db()
    assert conversation.title == TITLE
