"""The parts of OpenAI's multi-part content, read into `Part`: text, images, files, and what is told as text."""

import re
from dataclasses import dataclass, field
from typing import Any

from llm.api.chat import documents, fields, unserved
from llm.api.chat.base64_text import compact
from llm.api.chat.fields import bad
from llm.core.chat.request import Document, Image, Part, Text

DETAILS = ("auto", "low", "high", "original")

DATA_URL = re.compile(r"data:(image/[a-z0-9.+-]+);base64,", re.IGNORECASE)
TEXTS = ("text", "refusal")


@dataclass(slots=True, kw_only=True)
class ReadState:
    """State across messages: the names of the tools called, by the call's id, and the names of what is dropped.

    A part that no vendor here is sent is told as text when `in_history`. Elsewhere, in the user's last turn and in the
    system's words, it is refused unless it holds text.
    """

    tool_names: dict[str, str] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    in_history: bool = False


def read_content(value: Any, path: str, role: str, state: ReadState) -> tuple[Part, ...]:
    """The parts of a string or a list of parts, none for null. Raises ApiError 400 that names the faulty part."""
    if value is None:
        return ()
    if isinstance(value, str):
        return (Text(text=value),)
    if not isinstance(value, list):
        raise bad(path, f"Must be a string or a list of parts, not {fields.kind(value)}.")
    return tuple(_part(item, f"{path}[{place}]", role, state) for place, item in enumerate(value))


def _part(value: Any, path: str, role: str, state: ReadState) -> Part:
    item = fields.json_object(value, path)
    kind = item.get("type")
    if item.get("prompt_cache_breakpoint"):
        state.dropped.add("prompt_cache_breakpoint")
    if kind in TEXTS:
        if not isinstance(item.get(kind), str):
            raise bad(f"{path}.{kind}", "Must be a string.")
        return Text(text=item[kind])
    if kind == "image_url" and role == "user":
        return _image(item.get("image_url"), f"{path}.image_url")
    if kind == "file" and role == "user":
        return _file(item, f"{path}.file", state)
    if isinstance(kind, str) and (state.in_history or unserved.says_something(item)):
        return told(item, state)
    allowed = "text, image_url or file" if role == "user" else "text"
    raise bad(f"{path}.type", f"Must be {allowed}; {str(kind)[:40]!r} is not served here.")


def told(item: dict[str, Any], state: ReadState) -> Text:
    """What the part says, as text. Its kind is reported as dropped."""
    state.dropped.add(unserved.label(item["type"]))
    return Text(text=unserved.told(item, unserved.LONGEST if state.in_history else None))


def _image(value: Any, path: str) -> Image:
    given = {"url": value} if isinstance(value, str) else fields.json_object(value, path)
    url, detail = given.get("url"), fields.one_of(given, "detail", DETAILS, path)
    if not isinstance(url, str):
        raise bad(f"{path}.url", "Must be a string.")
    if url.startswith(("https://", "http://")):
        return Image(url=url, detail=detail)
    if (match := DATA_URL.match(url)) and (data := compact(url[match.end() :])) is not None:
        return Image(media_type=match[1].lower(), data=data, detail=detail)
    raise bad(f"{path}.url", "Must be an http(s) address, or a data: URL of a base64 image.")


def _file(item: dict[str, Any], path: str, state: ReadState) -> Document | Text:
    """A PDF, or the text of a file; a file that is named only, or of another kind, is told in history."""
    file = fields.json_object(item.get("file"), path)
    name = fields.text(file, "filename", documents.LONGEST_NAME, path) or ""
    given = file.get("file_data")
    if given is None:
        if state.in_history:
            return told({"type": "file", "filename": name}, state)
        if file.get("file_id"):
            raise bad(f"{path}.file_id", "Uploaded files are not kept here: send file_data.")
        raise bad(f"{path}.file_data", "This parameter is required.", code="missing_required_parameter")
    if not isinstance(given, str):
        raise bad(f"{path}.file_data", f"Must be a string, not {fields.kind(given)}.")
    media_type, data = _data_url(given)
    part = documents.read_file(data, media_type, name, f"{path}.file_data")
    if part is None and not state.in_history:
        raise bad(f"{path}.file_data", "Must be a PDF or text, as a data: URL of base64.")
    return part or told({"type": "file", "filename": name}, state)


def _data_url(given: str) -> tuple[str, str]:
    """The media type and the base64 of a data URL. Base64 alone, as OpenAI's reference describes it, has no type."""
    if given[:5].lower() != "data:":
        return "", given
    head, _, data = given.partition(",")
    return head[5:].partition(";")[0].strip().lower(), data
