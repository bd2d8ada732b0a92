"""The Django app: registers the route of the suggestions with the gateway."""

from django.apps import AppConfig


class SuggestionsConfig(AppConfig):
    name = "suggestions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Imported here: the gateway's services import models, which exist only once every app is loaded.
        from llm.services.routes.register import register_route
        from suggestions.static_texts import TEXTS

        register_route(
            "suggestions", description="Djobea's suggestions.", texts=TEXTS, next_on_refusal=True, deadline_s=25.0
        )
