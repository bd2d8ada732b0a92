"""The system check of the environment: lines of `.env` that cannot be read, and variables that nobody reads."""

import os
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from djobea.env.names import unknown_names
from llm.checks import ENVIRONMENT

HINT = "Every variable is described in .env.example."


@register(ENVIRONMENT)
def check_environment(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Reports by line and name, never by value: a key is not to be printed.

    An error is what is certainly a mistake: a line for a known variable (djobea.E001), a misspelt LLM_ name
    (djobea.E002). Else another program may be meant, and it is a warning (djobea.W001, djobea.W002).
    """
    messages: list[CheckMessage] = []
    for line in settings.ENV_FILE.unreadable:
        known = line.name in settings.KNOWN_VARIABLES
        messages.append(Error(str(line), id="djobea.E001") if known else Warning(str(line), id="djobea.W001"))
    for found in unknown_names(os.environ, settings.ENV_FILE.values, settings.KNOWN_VARIABLES):
        hint = f"Did you mean {found.meant}?" if found.meant else HINT
        kind, name = (Error, "djobea.E002") if found.own and found.meant else (Warning, "djobea.W002")
        messages.append(kind(f"The variable {found.name} is not read.", hint=hint, id=name))
    return messages
