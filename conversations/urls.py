"""Mounted at /api/."""

from conversations.views import conversation, conversations, messages
from web.endpoint import both

ONE = "conversations/<uuid:conversation_id>"

urlpatterns = [
    *both("conversations", conversations, "conversations"),
    *both(ONE, conversation, "conversation"),
    *both(f"{ONE}/messages", messages, "conversation-messages"),
]
