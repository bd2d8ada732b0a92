"""Requests that the translation tests share."""

from llm.core.chat.request import (
    ChatRequest,
    Document,
    Image,
    Message,
    Output,
    OutputFormat,
    Role,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    message,
)
from tests.pdfs import PDF

SYSTEM, USER, ASSISTANT = Role.SYSTEM, Role.USER, Role.ASSISTANT
SCHEMA = '{"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}'
FIND = Tool(name="find_provider", description="Finds one.", parameters=SCHEMA)
PRICE = Tool(name="get_price")
PNG = "iVBORw0KGgo="

BARE = ChatRequest(messages=(message(USER, "Bonjour"),))
FULL = ChatRequest(
    messages=(message(SYSTEM, "You help."), message(USER, "Bonjour"), message(SYSTEM, "In French.")),
    max_tokens=77,
    temperature=1.5,
    top_p=0.9,
    stop=("FIN", " "),
    seed=7,
    frequency_penalty=0.5,
    presence_penalty=-0.5,
    reasoning_effort="minimal",
    user="user-17",
)
TWO_CALLS = ChatRequest(
    messages=(
        message(USER, "Un plombier ?"),
        Message(
            role=ASSISTANT,
            parts=(
                Text(text="Je regarde."),
                ToolCall(id="functions.find:0", name="find_provider", arguments='{"city": "Douala"}'),
                ToolCall(id="call_2", name="get_price", arguments=""),
            ),
        ),
        Message(
            role=USER,
            parts=(
                Text(text="Alors ?"),
                ToolResult(call_id="call_2", name="get_price", content="5000"),
                ToolResult(call_id="functions.find:0", name="", content='{"found": 2}'),
            ),
        ),
    ),
    tools=(FIND, PRICE),
)
IMAGES = ChatRequest(
    messages=(
        Message(
            role=USER,
            parts=(
                Text(text="Quoi ?"),
                Image(url="https://example.test/leak.png?x=1"),
                Image(data=PNG),
                Image(url=f"data:image/webp;base64,{PNG}"),
            ),
        ),
    )
)
DOCUMENTS = ChatRequest(
    messages=(Message(role=USER, parts=(Text(text="Lis."), Document(data=PDF, name="devis.pdf"), Document(data=PDF))),)
)
LINKED_DOCUMENT = ChatRequest(
    messages=(Message(role=USER, parts=(Document(url="https://example.test/devis.pdf", name="Devis"),)),)
)
UNEVEN = ChatRequest(
    messages=(
        message(ASSISTANT, "Bienvenue."),
        message(USER, "Un"),
        message(USER, "Deux"),
        message(ASSISTANT, "  "),
        message(USER, "Trois"),
        message(ASSISTANT, "Quatre"),
    )
)
JSON_OBJECT = ChatRequest(messages=BARE.messages, output=Output(format=OutputFormat.JSON, validated=False))
JSON_SCHEMA = ChatRequest(
    messages=BARE.messages,
    output=Output(format=OutputFormat.JSON_SCHEMA, schema=SCHEMA, schema_name="place", validated=False),
)
