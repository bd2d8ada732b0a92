"""What an operator has said of a new provider, kept on the server between the steps."""

from dataclasses import replace
from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from llm.core.exceptions import LLMError
from llm.services.catalogue.drafts import Draft, draft_of
from llm.stores.secrets import SecretUnreadable, decrypt, encrypt

SLOT = "llm-new-provider"
"""The session's entry: one new provider at a time."""
KEPT_FOR = timedelta(minutes=15)


def keep(request: HttpRequest, draft: Draft) -> None:
    """Keeps the draft for 15 minutes in the user's session, its key encrypted as in a provider's row."""
    request.session[SLOT] = {
        "preset": draft.preset.name,
        "base_url": draft.base_url,
        "account": draft.account,
        "api_key": encrypt(draft.api_key),
        "until": (timezone.now() + KEPT_FOR).timestamp(),
    }


@sensitive_variables()
def kept(request: HttpRequest, preset: str, *, model: str = "") -> Draft | None:
    """The draft of this vendor with `model`; None when there is none, or when its time is over."""
    said = request.session.get(SLOT)
    if not said or said["preset"] != preset:
        return None
    if said["until"] < timezone.now().timestamp():
        forget(request)
        return None
    try:
        draft = draft_of(preset, api_key=decrypt(said["api_key"]), base_url=said["base_url"])
    except (LLMError, SecretUnreadable):
        forget(request)
        return None
    return replace(draft, model=model.strip(), account=said["account"])


def forget(request: HttpRequest) -> None:
    """Removes the draft and its key from the session."""
    request.session.pop(SLOT, None)
