"""Makes a provider of a draft that has been tested."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from llm.models import Provider
from llm.services.catalogue.capabilities.report import CapabilityReport
from llm.services.catalogue.drafts import Draft, InvalidDraft
from llm.services.providers import name_fault, set_api_key
from llm.stores import prices


def free_name(draft: Draft) -> str:
    """A name that no provider has: the vendor's, else with a number behind it."""
    wanted, number = draft.preset.name, 1
    taken = set(Provider.objects.filter(name__startswith=wanted).values_list("name", flat=True))
    name = wanted
    while name in taken or name_fault(name):
        number += 1
        name = f"{wanted}-{number}"
    return name


def add(
    draft: Draft, report: CapabilityReport, *, name: str = "", priority: int = 100, enabled: bool = True
) -> Provider:
    """The new provider, which serves at once in every worker unless it is not `enabled`.

    `name`: empty for `free_name`. Raises InvalidDraft for a name that cannot be had, and for a model that gave no text.
    """
    if not report.usable:
        raise InvalidDraft(
            "model", f"{gettext('It gave no text, so it was not added.')} {report.findings[0].detail}".strip()
        )
    name = name.strip() or free_name(draft)
    if fault := name_fault(name):
        raise InvalidDraft("name", fault)
    window = prices.context_window(draft.preset.kind, draft.model, draft.preset.price_id)
    provider = Provider(
        name=name,
        kind=draft.preset.kind,
        vendor=draft.preset.name,
        model=draft.model,
        base_url=draft.stored_url,
        account=draft.account,
        supports=[str(capability) for capability in report.supports(draft.preset)],
        context_window=window,
        priority=priority,
        enabled=enabled,
    )
    try:
        with transaction.atomic():
            provider.save(force_insert=True)
            if draft.api_key:
                set_api_key(provider, draft.api_key)
    except IntegrityError:
        raise InvalidDraft("name", gettext("A provider of this name was made in this very moment.")) from None
    return provider
