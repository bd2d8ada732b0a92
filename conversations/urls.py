"""Mounted at /api/."""

from conversations.views import conversation, conversations, messages
from web.endpoint import with_optional_slash

ONE = "conversations/<uuid:conversation_id>"

urlpatterns = [
    *with_optional_slash("conversations", conversations, "conversations"),
    *with_optional_slash(ONE, conversation, "conversation"),
    *with_optional_slash(f"{ONE}/messages", messages, "conversation-messages"),
]
