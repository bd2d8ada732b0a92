"""The list of providers with the status of each, queried once per page."""

from django.http import HttpRequest
from unfold.views import ChangeList

from llm.admin.health import Strip, strip
from llm.models import Provider
from llm.services.status import ProviderStatus, current_status_sync


class ProviderChangeList(ChangeList):
    """`strip` is shown above the list; columns read a row's status with `status_of`."""

    strip: Strip

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        status = current_status_sync()
        statuses = {item.name: item for item in status.providers}
        for provider in self.result_list:
            provider.status = statuses.get(provider.name)
        self.strip = strip(status)


def status_of(provider: Provider) -> ProviderStatus | None:
    """The status of a row of the list; None when the row is newer than the gateway's configuration."""
    return getattr(provider, "status", None)
