"""What the causes of differences are called."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from llm.core.reconcile.causes import Cause

CAUSES: dict[str, "str | Promise"] = {
    Cause.FOREIGN: _("foreign traffic"),
    Cause.OURS_MISSING: _("not in our records"),
    Cause.THEIRS_MISSING: _("not in the vendor's report"),
    Cause.TIER: _("another tier"),
    Cause.CACHE: _("another share of the cache"),
    Cause.MIDNIGHT: _("calls over midnight, on the other day"),
    Cause.ESTIMATED: _("counted by ourselves after a cut"),
    Cause.UNPRICED: _("without a known price"),
    Cause.PRICE: _("another price"),
    Cause.OTHER: _("charges beside tokens"),
    Cause.NOT_CHARGED: _("not in the vendor's cost report"),
}
NO_DIFFERENCE = _("none")
