"""The English words in a page that ought to be French: found mechanically, by the catalogues."""

import re
from collections.abc import Iterator
from functools import cache
from gettext import GNUTranslations
from html.parser import HTMLParser
from pathlib import Path

import django
import unfold
from django.apps import apps
from django.conf import settings
from django.utils.text import capfirst

WORD = re.compile(r"[a-zà-öø-ÿœ]{2,}(?:['’](?:t|re|ve|ll|s)\b)?", re.IGNORECASE)
ID = re.compile(
    r"\b[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\b", re.IGNORECASE
)  # a title begins with a capital, an id too
TRANS = re.compile(r"{%\s*trans(?:late)?\s+[\"'](.+?)[\"']\s")
FUNCTION_WORDS = frozenset(
    re.findall(
        r"\w+",
        "the of and with from by is are was were be been has have had not until to for at it its this that these which "
        "who whom what when where why how all each every in than then there they their you your we our can may must "
        "will would should do does did only also none",
    )
)
"""Without those that are French words too."""
UNREAD = frozenset({"script", "style", "code", "pre", "svg", "textarea"})
VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
READ_OUT = ("aria-label", "title", "alt", "placeholder", "data-label", "data-confirm")


class _Text(HTMLParser):
    """Collects the texts that a reader sees or hears, outside of what is marked as not to be translated."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        unread = (
            tag in UNREAD
            or values.get("translate") == "no"
            or "material-symbols-outlined" in (values.get("class") or "")
        )
        hidden = unread or bool(self._open and self._open[-1][1])
        if not hidden:
            names = READ_OUT + (("value",) if values.get("type") in ("submit", "button") else ())
            self.texts += [text for name in names if (text := values.get(name))]
        if tag not in VOID:
            self._open.append((tag, hidden))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not (self._open and self._open[-1][1]):
            self.texts.append(data)


def texts_of(page: str) -> list[str]:
    """The texts of an HTML page that a reader sees or hears, blanks folded."""
    reader = _Text()
    reader.feed(page)
    return [folded for text in reader.texts if (folded := " ".join(text.split()))]


def _catalogues() -> Iterator[tuple[str, str]]:
    """English and French of every catalogue whose words the pages show."""
    folders = [Path(path) for path in settings.LOCALE_PATHS]
    folders += [Path(app.path) / "locale" for app in apps.get_app_configs()]
    folders += [Path(django.__file__).parent / "conf/locale"]
    for folder in folders:
        if (file := folder / "fr/LC_MESSAGES/django.mo").exists():
            with file.open("rb") as stream:
                catalogue = GNUTranslations(stream)._catalog  # type: ignore[attr-defined]  # it has no public reader
            for english, french in catalogue.items():
                yield (english[0] if isinstance(english, tuple) else english).split("\x04")[-1], french


def _of_unfold() -> set[str]:
    """What unfold's templates would translate. It has no French of its own."""
    folder = Path(unfold.__file__).parent
    return {text for file in folder.rglob("templates/**/*.html") for text in TRANS.findall(file.read_text())}


def _of_models() -> set[str]:
    """The names that Django gives to fields which have none."""
    return {field.name.replace("_", " ") for model in apps.get_models() for field in model._meta.get_fields()}


def words_of(text: str) -> set[str]:
    return {word.lower() for word in WORD.findall(ID.sub(" ", text))}


@cache
def english() -> tuple[frozenset[str], frozenset[str]]:
    """The words that are English and not French, and the whole texts that have another text in French."""
    pairs = [(english, french) for english, french in _catalogues() if english]
    sources = {english for english, _ in pairs} | _of_unfold() | _of_models()
    french = {word for _, text in pairs for word in words_of(text)}
    words = {word for text in sources for word in words_of(text)} - french
    same = {english.lower() for english, text in pairs if english.lower() == text.lower()}
    return frozenset(words | FUNCTION_WORDS), frozenset({text.lower() for text in sources} - same)


def english_in(page: str, names: frozenset[str], alone: frozenset[str]) -> set[str]:
    """What is English in a page. `names` are data wherever they stand, `alone` where nothing stands beside them."""
    words, whole = english()
    longest_first = sorted(names | {capfirst(name) for name in names}, key=len, reverse=True)
    data = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")
    found: set[str] = set()
    for text in texts_of(page):
        if text in alone:
            continue
        text = " ".join(data.sub(" ", text).split())
        found |= words_of(text) & words
        if text.lower().rstrip(":") in whole:
            found.add(text)
    return found
