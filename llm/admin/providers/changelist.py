"""The list of providers with the status of each, queried once per page."""

from django.http import HttpRequest
from unfold.views import ChangeList

from llm.admin.health import Strip, strip
from llm.admin.providers.cards import Card, cards
from llm.services.access.rights import OPERATE, may
from llm.services.status import current_status_sync


class ProviderChangeList(ChangeList):
    """`strip` and `cards` are shown above the list."""

    strip: Strip
    cards: list[Card]
    may_act: bool

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        status = current_status_sync()
        statuses = {item.name: item for item in status.providers}
        self.cards = cards(list(self.result_list), statuses)
        self.strip = strip(status)
        self.may_act = may(request.user, *OPERATE)
