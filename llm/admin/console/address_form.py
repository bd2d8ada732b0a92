"""A form that stands in the address of a page: its fields are the parameters."""

from typing import Any

from django import forms
from django.http import QueryDict

PARAMETERS = {"since": "from", "until": "to"}
"""Field -> parameter, where the name differs: `from` is a word of Python's."""


class MomentField(forms.DateTimeField):
    """A moment in the zone in force, with the browser's own picker."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M"), **kwargs)
        self.widget.input_type = "datetime-local"


class AddressForm(forms.Form):
    """Reads the address; `defaults` fill what it leaves out. Other parameters are not looked at."""

    def __init__(self, query: QueryDict) -> None:
        given = {name: query.get(self.add_prefix(name), "") for name in self.base_fields}
        data = {**self.defaults(given), **{name: text for name, text in given.items() if text}}
        super().__init__(data={self.add_prefix(name): text for name, text in data.items()})

    def add_prefix(self, field_name: str) -> str:
        return PARAMETERS.get(field_name, field_name)

    def defaults(self, given: dict[str, Any]) -> dict[str, Any]:
        """Values of fields by name, as texts."""
        return {}
