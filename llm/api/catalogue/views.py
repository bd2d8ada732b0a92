"""Adding a vendor over HTTP: the catalogue, the models of an account, the test of one, and the row.

Each step takes all that was said before it, so no key waits on the server between two of them.
"""

from typing import Any

from asgiref.sync import sync_to_async
from django.http import JsonResponse

from llm.api.catalogue.serializers import (
    AccountSerializer,
    AddedSerializer,
    AddSerializer,
    CatalogueSerializer,
    DraftSerializer,
    ModelStateSerializer,
    ModelStatesSerializer,
    OfferSerializer,
    ReportSerializer,
)
from llm.api.providers.serializers import ProviderSerializer
from llm.api.providers.throttles import throttle_tests
from llm.kinds import KINDS
from llm.models import Provider
from llm.services.access.rights import Need, Right
from llm.services.catalogue.adding import add as add_provider
from llm.services.catalogue.as_json import offer_json, preset_json, report_json
from llm.services.catalogue.capabilities import run as capabilities
from llm.services.catalogue.drafts import Draft, InvalidDraft, UnknownPreset, draft_of
from llm.services.catalogue.lists import model_states
from llm.services.catalogue.models import offered
from llm.vendors.catalogue import PRESETS
from web.endpoint import ApiError, RequestContext, bad_field, endpoint
from web.openapi import documented, in_path, operation

VIEW, ADD = Need(Right.VIEW, Provider), Need(Right.ADD, Provider)
SHARED = {"api_key", "values", "base_url", "model"}


def _draft(preset: str, data: dict[str, Any]) -> Draft:
    """Raises ApiError: 404 for an unknown preset, 400 that names the bad field."""
    try:
        return draft_of(preset, **{name: value for name, value in data.items() if name in SHARED})
    except UnknownPreset as error:
        raise ApiError(404, message=str(error)) from None
    except InvalidDraft as error:
        raise bad_field(error.field, error.fault) from None


@documented(
    get=operation("catalogue", "The vendors of the catalogue", answers={200: CatalogueSerializer}, refuses=(403,))
)
@endpoint("GET", need=VIEW)
async def catalogue(context: RequestContext) -> dict[str, Any]:
    """Every vendor with its address, the key's place, quirks, endpoints, residency and sources."""
    return {"presets": [preset_json(row) for row in PRESETS.values()]}


@documented(
    post=operation(
        "catalogue_models",
        "The models that an account of this vendor may use",
        request=AccountSerializer,
        body={"api_key": "the-key-of-this-account"},
        parameters=[in_path("preset", "openai")],
        answers={200: OfferSerializer},
        refuses=(400, 403, 404, 413, 415, 429),
    )
)
@endpoint("POST", need=ADD, body=AccountSerializer)
async def models(context: RequestContext, preset: str) -> dict[str, Any]:
    """Asks the vendor's list, which is not billed. What the vendor refuses stands in `error`."""
    draft = _draft(preset, context.data)
    await throttle_tests(context.user_id)
    return offer_json(await offered(draft))


@documented(
    post=operation(
        "catalogue_test",
        "What a model can do: seven things, within a cent and a minute",
        request=DraftSerializer,
        body={"api_key": "the-key-of-this-account", "model": KINDS["openai"].default_model},
        parameters=[in_path("preset", "openai")],
        answers={200: ReportSerializer},
        refuses=(400, 403, 404, 413, 415, 429),
    )
)
@endpoint("POST", need=ADD, body=DraftSerializer)
async def test(context: RequestContext, preset: str) -> dict[str, Any]:
    """Five real requests at most, each recorded as a probe. Nothing is saved."""
    draft = _draft(preset, context.data)
    await throttle_tests(context.user_id)
    return report_json(await capabilities.test(draft, by=_name(context)))


@documented(
    post=operation(
        "catalogue_add",
        "Test a model and make a provider of it",
        request=AddSerializer,
        body={"api_key": "the-key-of-this-account", "model": KINDS["openai"].default_model, "name": "openai-b"},
        parameters=[in_path("preset", "openai")],
        answers={201: AddedSerializer},
        refuses=(400, 403, 404, 413, 415, 422, 429),
    )
)
@endpoint("POST", need=ADD, body=AddSerializer)
async def add(context: RequestContext, preset: str) -> JsonResponse:
    """Tests before it saves; a test of the last ten minutes is not repeated. 422 when the model gives no text."""
    data = context.data
    draft = _draft(preset, data)
    await throttle_tests(context.user_id)
    report = await capabilities.test(draft, by=_name(context))
    if not report.usable:
        detail = report.findings[0].detail
        raise ApiError(422, "test_failed", f"The model gave no text, so nothing was saved. {detail}".strip())

    def save() -> dict[str, Any]:
        row = add_provider(
            draft,
            report,
            name=data.get("name", ""),
            priority=data.get("priority", 100),
            enabled=data.get("enabled", True),
        )
        return dict(ProviderSerializer(row).data)

    try:
        provider = await sync_to_async(save)()
    except InvalidDraft as error:
        raise bad_field(error.field, error.fault) from None
    return JsonResponse({"provider": provider, "report": report_json(report)}, status=201)


@documented(
    get=operation(
        "model_lists", "What the vendors listed at the last look", answers={200: ModelStatesSerializer}, refuses=(403,)
    )
)
@endpoint("GET", need=VIEW)
async def model_lists(context: RequestContext) -> dict[str, Any]:
    """Every listed model with who serves it; new ones are off until a provider is made of them."""
    states = await sync_to_async(model_states)()
    return {"models": [dict(ModelStateSerializer(state).data) for state in states]}


def _name(context: RequestContext) -> str:
    return context.consumer.username if context.consumer is not None else ""
