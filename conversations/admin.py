"""Conversations in the admin, read-only. Titles and turns need the right to view content."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from conversations.models import Conversation, Turn
from llm.services.access.rights import VIEW_CONTENT, Right, may


class _ReadOnly:
    """Denies adding, changing and deleting."""

    actions = None

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """False."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """False."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """False."""
        return False


class TurnInline(_ReadOnly, TabularInline):
    """The turns of a conversation, in order."""

    model = Turn
    fields = ["seq", "role", "content", "provider", "model", "degraded", "complete", "request_id", "at"]
    readonly_fields = fields
    ordering = ["seq"]
    tab = False
    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """With the right to view content: people tell the assistant where they live and when they are at home."""
        return may(request.user, *VIEW_CONTENT)


@admin.register(Conversation)
class ConversationAdmin(_ReadOnly, ModelAdmin):
    """The list and the page of one conversation. A title holds a customer's words, so it is content too."""

    inlines = [TurnInline]
    list_filter = ["language", "created_at"]
    search_fields = ["user__username"]
    list_select_related = ["user"]
    show_full_result_count = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By the function that decides for the API too."""
        return may(request.user, Right.VIEW, Conversation)

    def get_list_display(self, request: HttpRequest) -> list[str]:
        """The title for those who may view content, the id for others."""
        first = "title_or_id" if may(request.user, *VIEW_CONTENT) else "id"
        return [first, "user", "language", "turns_count", "answered_by", "updated_at"]

    def get_fields(self, request: HttpRequest, obj: Conversation | None = None) -> list[str]:
        """The fields of the page; the title with the right to view content."""
        fields = ["id", "user", "language", "turns_count", "answered_by", "created_at", "updated_at"]
        return ["title", *fields] if may(request.user, *VIEW_CONTENT) else fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        """Adds the number of turns and the last provider, in one query."""
        answers = Turn.objects.filter(conversation=OuterRef("pk"), role=Turn.Role.ASSISTANT).order_by("-seq")
        return (
            super()
            .get_queryset(request)
            .annotate(turns_count=Count("turns"), answered_by=Subquery(answers.values("provider")[:1]))
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Conversation | None = None) -> list[str]:
        """Every field."""
        return self.get_fields(request, obj)

    @admin.display(description=_("title"), ordering="title")
    def title_or_id(self, conversation: Conversation) -> str:
        """The title, or the id of a conversation without one."""
        return conversation.title or str(conversation)

    @admin.display(description=_("turns"), ordering="turns_count")
    def turns_count(self, conversation: Any) -> int:
        """The turns of customer and assistant together."""
        return int(conversation.turns_count)

    @admin.display(description=_("last answered by"), ordering="answered_by")
    def answered_by(self, conversation: Any) -> str:
        """The provider's name, or static."""
        return conversation.answered_by or "—"
