"""The pages of the list of conversations."""

from web.pagination import NewestFirst


class ConversationPages(NewestFirst):
    list_name = "conversations"
    page_size = 20
    max_page_size = 100
    time_field = "created_at"
