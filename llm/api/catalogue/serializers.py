"""Bodies of the catalogue's requests, and its answers for the schema."""

from typing import Any

from rest_framework import serializers

from llm.api.providers.serializers import ProviderSerializer
from web.serializers import StrictSerializer

MAX_MODEL = 128


class AccountSerializer(StrictSerializer):
    """Who asks the vendor, and where."""

    api_key = serializers.CharField(
        required=False, allow_blank=True, max_length=1_000, help_text="Kept only once the provider is added, encrypted."
    )
    values = serializers.DictField(
        child=serializers.CharField(max_length=200), required=False, help_text="The blanks of the preset's address."
    )
    base_url = serializers.CharField(
        required=False, allow_blank=True, max_length=500, help_text="An address in place of the preset's."
    )


class DraftSerializer(AccountSerializer):
    """The same with a model."""

    model = serializers.CharField(max_length=MAX_MODEL)


class AddSerializer(DraftSerializer):
    """The same with what the provider's row needs."""

    name = serializers.SlugField(required=False, allow_blank=True, max_length=64, help_text="Empty: the preset's.")
    priority = serializers.IntegerField(required=False, min_value=0, max_value=2_147_483_647)
    enabled = serializers.BooleanField(required=False)


class BlankSerializer(serializers.Serializer[Any]):
    """For the schema: a blank of an address."""

    name = serializers.CharField()
    hint = serializers.CharField()


class KeyPlaceSerializer(serializers.Serializer[Any]):
    """For the schema: the key's place."""

    needed = serializers.BooleanField()
    place = serializers.CharField()
    variable = serializers.CharField(allow_null=True)


class QuirksSerializer(serializers.Serializer[Any]):
    """For the schema: in what the vendor differs from OpenAI."""

    unsent = serializers.ListField(child=serializers.CharField())
    renamed = serializers.DictField(child=serializers.CharField())
    tool_id_length = serializers.IntegerField(allow_null=True)
    reasoning_echo = serializers.BooleanField()


class PresetSerializer(serializers.Serializer[Any]):
    """For the schema: a vendor of the catalogue."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of the answer; DRF's own is an argument
    kind = serializers.CharField()
    address = serializers.CharField()
    blanks = BlankSerializer(many=True)
    key = KeyPlaceSerializer()
    limit_field = serializers.CharField(allow_null=True)
    quirks = QuirksSerializer()
    headers = serializers.DictField(child=serializers.CharField())
    optional_headers = serializers.DictField(child=serializers.CharField())
    lists_models = serializers.BooleanField()
    models_path = serializers.CharField(allow_null=True)
    balance_path = serializers.CharField(allow_null=True)
    lacks = serializers.ListField(child=serializers.CharField())
    price_id = serializers.CharField(allow_null=True)
    residency = serializers.CharField(allow_null=True)
    note = serializers.CharField(allow_null=True)
    sources = serializers.ListField(child=serializers.CharField())


class CatalogueSerializer(serializers.Serializer[Any]):
    """For the schema: the catalogue."""

    presets = PresetSerializer(many=True)


class OfferedModelSerializer(serializers.Serializer[Any]):
    """For the schema: a model that can be chosen."""

    id = serializers.CharField()
    input_usd_per_mtok = serializers.FloatField(allow_null=True)
    output_usd_per_mtok = serializers.FloatField(allow_null=True)
    context_window = serializers.IntegerField(allow_null=True)


class VendorErrorSerializer(serializers.Serializer[Any]):
    """For the schema: why the vendor gave no list."""

    message = serializers.CharField(allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        return {"class": serializers.CharField(), **super().get_fields()}


class OfferSerializer(serializers.Serializer[Any]):
    """For the schema: the models of an account."""

    models = OfferedModelSerializer(many=True)
    has_list = serializers.BooleanField()
    error = VendorErrorSerializer(allow_null=True)


class FindingSerializer(serializers.Serializer[Any]):
    """For the schema: one thing that was found out."""

    probe = serializers.CharField()
    finding = serializers.ChoiceField(choices=["yes", "no", "unclear"])
    detail = serializers.CharField(allow_null=True)
    ms = serializers.FloatField(allow_null=True)


class ReportSerializer(serializers.Serializer[Any]):
    """For the schema: what a model can do."""

    model = serializers.CharField()
    usable = serializers.BooleanField()
    findings = FindingSerializer(many=True)
    missing = serializers.ListField(child=serializers.CharField())
    cost_usd = serializers.FloatField(allow_null=True)
    tokens = serializers.IntegerField()
    elapsed_s = serializers.FloatField()


class AddedSerializer(serializers.Serializer[Any]):
    """For the schema: the provider that was made, and what was found out of its model."""

    provider = ProviderSerializer()
    report = ReportSerializer()


class ModelStateSerializer(serializers.Serializer[Any]):
    """For the schema and the answer: a model of an account's list."""

    account = serializers.CharField()
    model = serializers.CharField()
    first_seen = serializers.DateTimeField()
    last_seen = serializers.DateTimeField()
    is_new = serializers.BooleanField(help_text="It arrived after the first look, and no provider serves it.")
    is_gone = serializers.BooleanField(help_text="Three looks in a row did not find it.")
    served_by = serializers.ListField(child=serializers.CharField())
    routes = serializers.ListField(child=serializers.CharField())


class ModelStatesSerializer(serializers.Serializer[Any]):
    """For the schema: the lists."""

    models = ModelStateSerializer(many=True)
