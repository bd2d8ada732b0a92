"""The panel of the simulator: what each simulated vendor does, and faults by a click."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from llm.admin import formatting
from llm.services import simulator
from llm.services.access.rights import OPERATE, may
from llm.services.simulator import HEALTHY, SimulatorAway
from llm.simulator.faults.catalogue import FaultName

FAULTS = {
    FaultName.CREDIT: gettext_lazy("out of credit"),
    FaultName.RATE_LIMITED: gettext_lazy("rate limited"),
    FaultName.UNAVAILABLE: gettext_lazy("unavailable"),
    FaultName.RESET: gettext_lazy("breaks every connection"),
    FaultName.SLOW: gettext_lazy("slow"),
    FaultName.SILENCE: gettext_lazy("says nothing"),
    FaultName.CUT: gettext_lazy("breaks off in mid-answer"),
    FaultName.WRONG_KEY: gettext_lazy("refuses the key"),
}
"""The faults that have a button. The simulator's control API has more."""


@require_http_methods(["GET", "POST"])
def simulator_page(request: HttpRequest) -> HttpResponse:
    """The panel; by POST sets or heals a fault."""
    if not may(request.user, *OPERATE):
        raise PermissionDenied
    if request.method == "POST":
        _set(request)
        return HttpResponseRedirect(reverse("llm-simulator"))
    accounts, fault = [], ""
    try:
        accounts = simulator.accounts()
    except SimulatorAway as error:
        fault = str(error)
    context = {
        **admin.site.each_context(request),
        "title": _("Simulator"),
        "is_running": simulator.is_running(),
        "accounts": [(one, FAULTS.get(one.fault, one.fault.replace("_", " "))) for one in accounts],  # type: ignore[call-overload]
        "fault": fault,
        "faults": FAULTS.items(),
        "healthy": HEALTHY,
    }
    return TemplateResponse(request, "admin/llm/simulator.html", context)


def _set(request: HttpRequest) -> None:
    account, name = request.POST.get("account", ""), request.POST.get("fault", "")
    if name != HEALTHY and name not in FAULTS:
        messages.error(request, _("There is no such fault."))
        return
    try:
        simulator.set_fault(account, None if name == HEALTHY else FaultName(name))
    except SimulatorAway as error:
        messages.error(request, str(error))
        return
    words = _("healthy") if name == HEALTHY else FAULTS[FaultName(name)]
    messages.success(request, formatting.pair(account, f"{words}."))
