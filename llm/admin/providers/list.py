"""The list of providers with each one's live health beside its row, asked for once a page."""

from django.http import HttpRequest
from unfold.views import ChangeList

from llm.admin.health import Strip, strip
from llm.models import Provider
from llm.services.status import ProviderStatus, current_status_sync


class ProviderList(ChangeList):
    """`strip` is what the page shows above the list; the columns find each row's health by `health_of`."""

    strip: Strip

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        status = current_status_sync()
        health = {item.name: item for item in status.providers}
        for provider in self.result_list:
            provider.health = health.get(provider.name)
        self.strip = strip(status)


def health_of(provider: Provider) -> ProviderStatus | None:
    """What the list put beside this row; None when the row is newer than the gateway's picture of it."""
    return getattr(provider, "health", None)
