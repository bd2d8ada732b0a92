"""What people read of the catalogue is in their language."""

from django.utils import translation

from llm.services.catalogue.as_json import preset_json
from llm.vendors.catalogue import PRESETS


def words(language: str) -> list[str]:
    """Every sentence of the catalogue that people read."""
    found: list[str] = []
    with translation.override(language):
        for shown in map(preset_json, PRESETS.values()):
            found += [shown["note"], shown["residency"], *(blank["hint"] for blank in shown["blanks"])]
            found += shown["optional_headers"].values()
    return [sentence for sentence in found if sentence]


def test_every_sentence_of_the_catalogue_has_its_french() -> None:
    english, french = words("en"), words("fr")
    assert len(english) == len(french) > 20
    assert [sentence for sentence in french if sentence in english] == []
