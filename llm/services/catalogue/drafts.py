"""A provider that is about to be added: what an operator has said of it, checked."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from llm.core.chat.request import Capability
from llm.core.exceptions import LLMError, UnknownProvider
from llm.core.routing.config import ProviderConfig
from llm.kinds import KINDS
from llm.models import Provider
from llm.models.validators import validate_base_url
from llm.stores.config.snapshot import provider_config, provider_key
from llm.vendors.catalogue import PRESETS, preset_of
from llm.vendors.preset import Preset


class UnknownPreset(LLMError):
    """The catalogue has no row of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The catalogue has no vendor named {name!r}. Known are: {', '.join(PRESETS)}.")


class InvalidDraft(LLMError):
    """What was said of a new provider cannot be used. `field` names what is wrong, `fault` says why."""

    def __init__(self, name: str, fault: str) -> None:
        super().__init__(f"{name}: {fault}")
        self.field, self.fault = name, fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A provider before it is saved. `base_url` is whole; `account` is another provider's, whose money it spends."""

    preset: Preset
    api_key: str = field(repr=False)
    base_url: str
    model: str = ""
    account: str = ""

    @property
    def stored_url(self) -> str:
        """The address for the provider's row: "" for that of its kind."""
        return "" if self.base_url == KINDS[self.preset.kind].address else self.base_url

    @property
    def digest(self) -> str:
        """A name of what was tested: vendor, address, key and model. Reveals nothing of the key."""
        said = "\n".join((self.preset.name, self.base_url, self.model, self.api_key))
        return hashlib.sha256(said.encode()).hexdigest()


def preset(name: str) -> Preset:
    """The row of the catalogue. Raises UnknownPreset."""
    if name not in PRESETS:
        raise UnknownPreset(name)
    return PRESETS[name]


def draft_of(
    name: str, *, api_key: str = "", values: Mapping[str, str] | None = None, base_url: str = "", model: str = ""
) -> Draft:
    """The draft of a provider of the preset `name`.

    `values` fill the blanks of the preset's address; `base_url` replaces the address. Raises UnknownPreset, and
    InvalidDraft that names the field (`api_key`, `base_url`, or `values.` with the blank's name).
    """
    row, key = preset(name), api_key.strip()
    if row.needs_key and not key:
        raise InvalidDraft("api_key", gettext("%(vendor)s wants a key.") % {"vendor": row.label})
    if not key.isascii() or any(not letter.isprintable() or letter == " " for letter in key):
        raise InvalidDraft("api_key", gettext("Must be visible ASCII characters without spaces."))
    address = base_url.strip().rstrip("/") or _address(row, values or {})
    try:
        validate_base_url(address)
    except ValidationError as error:
        raise InvalidDraft("base_url", " ".join(error.messages)) from None
    return Draft(preset=row, api_key=key, base_url=address, model=model.strip())


def draft_like(name: str, *, model: str) -> Draft:
    """A draft of another model of the account of the provider `name`: with its vendor, address and key.

    Raises UnknownProvider, and InvalidDraft for a provider that the catalogue does not know or that has no key.
    """
    row = Provider.objects.filter(name=name).first()
    if row is None:
        raise UnknownProvider(name, Provider.objects.values_list("name", flat=True))
    known = preset_of(row.vendor, row.base_url) or _own(row.kind, row.base_url)
    if known is None:
        raise InvalidDraft("like", gettext("The catalogue does not know its vendor."))
    key = provider_key(row)
    if known.needs_key and not key:
        raise InvalidDraft("like", gettext("It has no key."))
    return Draft(preset=known, api_key=key, base_url=row.base_url or known.address, model=model, account=row.wallet)


def config_of(draft: Draft) -> ProviderConfig:
    """The draft as the gateway's adapters take it, with every capability: what it lacks is to be found out."""
    row = Provider(
        name=draft.preset.name,
        kind=draft.preset.kind,
        model=draft.model,
        base_url=draft.stored_url,
        vendor=draft.preset.name,
        supports=list(Capability),
    )
    config = provider_config(row)
    return replace(config, api_key=draft.api_key, candidate=replace(config.candidate, has_key=True))


def _own(kind: str, base_url: str) -> Preset | None:
    """The vendor whose protocol this kind is, where the provider asks it at its own address."""
    return next((row for row in PRESETS.values() if row.kind == kind and not base_url), None)


def _address(row: Preset, values: Mapping[str, str]) -> str:
    """The preset's address with its blanks filled."""
    for blank in row.blanks:
        given = values.get(blank, "").strip()
        if not given or not all(letter.isalnum() or letter in "-_." for letter in given):
            raise InvalidDraft(f"values.{blank}", gettext(row.hints.get(blank, "This value is needed.")))
    if unknown := sorted(set(values) - set(row.blanks)):
        raise InvalidDraft(f"values.{unknown[0]}", gettext("The address has no such blank."))
    return row.address.format_map({blank: values[blank].strip() for blank in row.blanks})
