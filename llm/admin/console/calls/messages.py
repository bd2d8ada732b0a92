"""The kept messages of a call, as its record holds them: "user: ..." line by line, then the answer."""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from llm.core.chat.request import Role
from llm.models import Call

BEGINNING = re.compile(rf"^({'|'.join(Role)}): ", re.MULTILINE)
ROLES: dict[str, Promise] = {
    Role.SYSTEM: _("system"),
    Role.USER: _("user"),
    Role.ASSISTANT: _("assistant"),
}


@dataclass(frozen=True, slots=True)
class Bubble:
    role: str
    label: str
    text: str


def messages_of(call: Call) -> list[Bubble]:
    """The bubbles in order. A text with a line that begins like a message is cut there: the record does not escape."""
    before, *pieces = BEGINNING.split(call.prompt)
    found = [(role, text) for role, text in zip(pieces[::2], pieces[1::2], strict=True)]
    if before.strip():
        found.insert(0, (Role.USER, before))
    if call.answer:
        found.append((Role.ASSISTANT, call.answer))
    return [Bubble(role, str(ROLES.get(role, role)), text.strip()) for role, text in found if text.strip()]
