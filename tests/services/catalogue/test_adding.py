"""A vendor is added: its models listed, one tested, and a row made with what it can do."""

from decimal import Decimal

import pytest

from llm.core.calls import CallOptions
from llm.core.chat.request import Capability, ChatRequest, Role, message
from llm.core.failures.policy import ErrorClass
from llm.models import Call, Provider
from llm.services.calls.run import complete_sync
from llm.services.catalogue.adding import add
from llm.services.catalogue.capabilities import run as capabilities
from llm.services.catalogue.capabilities.report import CapabilityReport, Finding, Probe
from llm.services.catalogue.drafts import InvalidDraft, draft_like
from llm.services.catalogue.models import offered_sync
from llm.services.runtime import call_log
from llm.simulator.openai.manners import Lack
from tests.services.catalogue.conftest import Vendor

LACKS = {
    Lack.TOOLS: {Probe.TOOLS, Probe.PARALLEL_TOOLS},
    Lack.PARALLEL_TOOLS: {Probe.PARALLEL_TOOLS},
    Lack.JSON_SCHEMA: {Probe.JSON_SCHEMA},
    Lack.IMAGES: {Probe.IMAGE},
    Lack.SIGHT: {Probe.IMAGE},
    Lack.STREAM_USAGE: {Probe.STREAM_USAGE},
}


def report_of(vendor: Vendor, model: str = "mistral-small-latest") -> CapabilityReport:
    return capabilities.test_sync(vendor.draft(model), by="tests")


def test_models_are_listed_with_their_prices_where_the_list_has_them(mistral: Vendor) -> None:
    offer = offered_sync(mistral.draft(model=""))
    by_id = {model.id: model for model in offer.models}
    assert set(by_id) == {"mistral-large-latest", "mistral-small-latest", "a-model-without-a-price"}
    small = by_id["mistral-small-latest"]
    assert small.input_usd is not None
    assert small.output_usd is not None
    assert 0 < small.input_usd < small.output_usd
    assert by_id["a-model-without-a-price"].input_usd is None


def test_a_wrong_key_is_told_and_no_model_is_listed(mistral: Vendor) -> None:
    offer = offered_sync(mistral.draft(key="wrong-key"))
    assert offer.failure is not None
    assert offer.failure.error_class is ErrorClass.AUTH
    assert offer.models == ()


def test_a_model_that_can_all_is_found_to_within_a_cent_by_five_recorded_requests(mistral: Vendor) -> None:
    report = report_of(mistral)
    assert [found.finding for found in report.findings] == [Finding.YES] * 7
    assert report.cost_usd is not None
    assert 0 < report.cost_usd <= Decimal("0.01")
    assert mistral.sim.calls("mistral") == 5
    call_log.flush()
    assert Call.objects.filter(origin="probe", consumer="tests").count() == 5


@pytest.mark.parametrize("lack", list(Lack))
def test_what_the_model_lacks_is_told_and_kept_out_of_its_row(mistral: Vendor, lack: Lack) -> None:
    mistral.behaves(lacks=frozenset({lack}))
    report = report_of(mistral)
    assert {found.probe for found in report.missing} == LACKS[lack]
    assert all(found.finding is Finding.NO and found.detail for found in report.missing)
    expected = {
        Lack.TOOLS: {Capability.TOOLS},
        Lack.JSON_SCHEMA: {Capability.JSON_SCHEMA},
        Lack.IMAGES: {Capability.IMAGES},
        Lack.SIGHT: {Capability.IMAGES},
    }.get(lack, set())
    missing = set(Capability) - set(report.supports(mistral.draft().preset))
    assert missing == expected | {Capability.DOCUMENTS}


def test_where_no_text_comes_the_rest_is_not_asked_and_nothing_is_saved(mistral: Vendor) -> None:
    mistral.sim.fault("mistral", "credit")
    report = report_of(mistral)
    assert report.failure is not None
    assert report.failure.error_class is ErrorClass.CREDIT_EXHAUSTED
    assert mistral.sim.calls("mistral") == 1
    with pytest.raises(InvalidDraft, match="gave no text"):
        add(mistral.draft(), report)
    assert not Provider.objects.exists()


def test_a_busy_vendor_leaves_it_unclear_and_its_row_follows_the_catalogue(mistral: Vendor) -> None:
    mistral.sim.fault("mistral", "rate_limited", after=1)
    report = report_of(mistral)
    assert {found.finding for found in report.findings} == {Finding.YES, Finding.UNCLEAR}
    assert Capability.TOOLS in report.supports(mistral.draft().preset)
    assert Capability.DOCUMENTS not in report.supports(mistral.draft().preset)


def test_the_added_provider_answers_at_once_and_holds_its_key_encrypted(mistral: Vendor) -> None:
    row = add(mistral.draft(), report_of(mistral), priority=5)
    assert (row.name, row.vendor, row.model, row.priority) == ("mistral", "mistral", "mistral-small-latest", 5)
    assert "sk-mistral" not in Provider.objects.get().api_key_encrypted
    request = ChatRequest(messages=(message(Role.USER, "Bonjour"),), seed=3)
    answer = complete_sync(request, options=CallOptions(static=False))
    assert answer.provider == "mistral"
    assert answer.completion.dropped == ()


def test_who_tests_and_then_saves_pays_once(mistral: Vendor) -> None:
    report_of(mistral)
    assert report_of(mistral).usable
    assert mistral.sim.calls("mistral") == 5


def test_another_model_of_the_account_needs_no_second_key(mistral: Vendor) -> None:
    add(mistral.draft(), report_of(mistral))
    draft = draft_like("mistral", model="mistral-large-latest")
    row = add(draft, capabilities.test_sync(draft, by="tests"))
    assert (row.name, row.account, row.model) == ("mistral-2", "mistral", "mistral-large-latest")


def test_a_name_that_is_taken_is_refused(mistral: Vendor) -> None:
    report = report_of(mistral)
    add(mistral.draft(), report)
    with pytest.raises(InvalidDraft, match="already exists"):
        add(mistral.draft(), report, name="mistral")
