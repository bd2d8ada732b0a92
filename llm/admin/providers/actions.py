"""What operators do to providers at once, re-test and reset, with a message a provider that says what came of it."""

from collections.abc import Sequence

from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.translation import gettext as _

from llm.admin import formatting as words
from llm.core.exceptions import LLMError
from llm.services.probes import run as probes
from llm.services.probes.run import ProbeResult, probe_sync


def username(user: AbstractBaseUser | AnonymousUser) -> str:
    """As the record of a transition names the person."""
    return user.get_username()


def retest(request: HttpRequest, names: Sequence[str]) -> None:
    """Makes a tiny real call to each provider, past its circuit, and says how it went."""
    for name in names:
        try:
            result = probe_sync(name, live=True, by=username(request.user))
        except LLMError as error:
            messages.error(request, f"{name}: {error}")
            continue
        if result.ok:
            messages.success(
                request,
                _("%(name)s: well in %(time)s.") % {"name": name, "time": words.milliseconds(result.latency_ms)},
            )
        else:
            messages.error(request, failed(result))


def failed(result: ProbeResult) -> str:
    """The sentence for a test that failed: why, and when the provider is tried next."""
    failure = result.failure
    what = str(failure.error_class) if failure else result.detail
    if failure and failure.message:
        what = f"{what}, {failure.message}"
    said = _("%(name)s: failed: %(what)s.") % {"name": result.provider, "what": what.rstrip(".")}
    if result.retry_at is None:
        return said
    return said + " " + _("Next probe at %(time)s.") % {"time": words.moment(result.retry_at)}


def reset(request: HttpRequest, names: Sequence[str]) -> None:
    """Closes the circuits of these providers and says which."""
    try:
        done = probes.reset(list(names), by=username(request.user))
    except LLMError as error:
        messages.error(request, str(error))
        return
    if done:
        messages.success(request, _("Failures reset: %(names)s.") % {"names": ", ".join(done)})
    untouched = [name for name in names if name not in done]
    if untouched:
        messages.info(request, _("Nothing to reset: %(names)s.") % {"names": ", ".join(untouched)})
