"""The Django app: registers the chat's route and the customers' words with the gateway."""

from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    name = "conversations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Imported here: the gateway's services import models, which exist only once every app is loaded.
        from conversations.static_texts import TEXTS
        from conversations.vocabulary import HINTS
        from llm.services.languages import register_hints
        from llm.services.routes.register import register_route

        register_route("conversation", description="Djobea's chat.", texts=TEXTS, next_on_refusal=True, deadline_s=25.0)
        register_hints(HINTS)
