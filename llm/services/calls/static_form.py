"""The static answer in the form that the caller was promised."""

import json

from llm.adapters.structured_output.json_schema import TooMuchWork, mismatch
from llm.adapters.transport.lenient_json import parse_object
from llm.core.chat.request import Output, OutputFormat

MESSAGE = "message"
"""The key of the text in a static JSON object."""


def in_promised_form(text: str, output: Output) -> str | None:
    """The static text for `output`; None when it cannot have that form.

    A JSON object holds the text, unless the operator's text is one itself. A schema is served by a text that fits it.
    """
    if output.format is OutputFormat.TEXT or not output.validated:
        return text
    if output.format is OutputFormat.JSON:
        return text if parse_object(text) is not None else json.dumps({MESSAGE: text}, ensure_ascii=False)
    try:
        value = json.loads(text)
        return text if not mismatch(output.schema or "{}", value) else None
    except (ValueError, TooMuchWork):
        return None
