"""OpenAI's rules for `file` parts of chat completions, PDFs alone, as data URLs; and its pictures.

Words: https://github.com/vercel/ai/issues/7266 and https://github.com/trpc-group/trpc-agent-go/issues/1816.
"""

from typing import Any

from llm.simulator.http.exchange import InvalidRequest
from llm.simulator.model.documents import decoded, is_pdf
from llm.simulator.model.pictures import colour
from llm.simulator.openai.errors import OpenAIComplaints, invalid
from llm.simulator.shape import FieldType, check, expect

_FILE = {"file_data": FieldType.STRING, "file_id": FieldType.STRING, "filename": FieldType.STRING}
_COMPLAINTS = OpenAIComplaints()
_PDF = "application/pdf"


def check_files(content: object, index: int) -> None:
    """Raises InvalidRequest for a file that is no PDF in a data URL."""
    for place, part in enumerate(content if isinstance(content, list) else ()):
        if not isinstance(part, dict) or part.get("type") != "file":
            continue
        at = ("messages", index, "content", place, "file")
        file = part.get("file")
        if file is None:
            raise _COMPLAINTS.missing(at)
        expect(file, FieldType.OBJECT, _COMPLAINTS, at=at)
        check(file, _FILE, _COMPLAINTS, at=at)
        if "file_id" not in file:
            _check_data(file.get("file_data"), f"messages[{index}].content[{place}].file.file_data")


def pdf_sizes(content: object) -> tuple[int, ...]:
    """The bytes of each PDF."""
    parts: list[Any] = content if isinstance(content, list) else []
    files = (part["file"] for part in parts if isinstance(part, dict) and part.get("type") == "file")
    return tuple(len(decoded(file.get("file_data", "").partition(",")[2]) or b"") for file in files)


def colours(content: object) -> tuple[str, ...]:
    """The colour of each picture that stands in the message itself."""
    parts: list[Any] = content if isinstance(content, list) else []
    urls = (part.get("image_url") for part in parts if isinstance(part, dict) and part.get("type") == "image_url")
    links = (str(url.get("url")) for url in urls if isinstance(url, dict))
    return tuple(colour(decoded(link.partition(",")[2])) for link in links if link.startswith("data:"))


def _check_data(given: object, param: str) -> None:
    head, _, data = str(given or "").partition(",")
    if head == f"data:{_PDF};base64" and is_pdf(decoded(data) or b""):
        return
    kind = head.removeprefix("data:").partition(";")[0]
    is_other = head.startswith("data:") and kind != _PDF
    fault = f"unsupported MIME type '{kind}'" if is_other else "an invalid base64-encoded value"
    text = (
        f"Invalid file data: '{param}'. Expected a base64-encoded data URL with an application/pdf MIME type "
        f"(e.g. 'data:application/pdf;base64,SGVsbG8sIFdvcmxkIQ=='), but got {fault}."
    )
    raise InvalidRequest(invalid(text, code="invalid_value", param=param))
