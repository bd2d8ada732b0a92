"""The buttons of a provider that act at once, with a message per provider about the outcome."""

from collections.abc import Sequence

from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.translation import gettext as _

from llm.admin import formatting
from llm.core.exceptions import LLMError
from llm.services import control
from llm.services.probes import run
from llm.services.probes.run import ProbeResult, probe_sync


def username(user: AbstractBaseUser | AnonymousUser) -> str:
    """The name of the operator in circuit events."""
    return user.get_username()


def retest(request: HttpRequest, names: Sequence[str]) -> None:
    """Makes a tiny billed call to each provider, whatever its circuit says, and shows the outcome."""
    for name in names:
        try:
            result = probe_sync(name, live=True, by=username(request.user))
        except LLMError as error:
            messages.error(request, formatting.pair(name, error))
            continue
        if result.ok:
            messages.success(
                request,
                _("%(name)s: answered in %(time)s.")
                % {"name": name, "time": formatting.milliseconds(result.latency_ms)},
            )
        else:
            messages.error(request, failure_text(result))


def failure_text(result: ProbeResult) -> str:
    """The message for a failed test: the error, and when the provider is probed next."""
    failure = result.failure
    error = formatting.reason(failure.error_class) if failure else result.detail
    if failure and failure.message:
        error = formatting.pair(error, failure.message)
    text = _("%(name)s: failed: %(error)s.") % {"name": result.provider, "error": error.rstrip(".")}
    if result.retry_at is None:
        return text
    return text + " " + _("Next probe at %(time)s.") % {"time": formatting.moment(result.retry_at)}


def reset(request: HttpRequest, names: Sequence[str]) -> None:
    """Closes the circuits of these providers and shows their names."""
    try:
        reset_names = run.reset(list(names), by=username(request.user))
    except LLMError as error:
        messages.error(request, str(error))
        return
    if reset_names:
        messages.success(request, _("Failures reset: %(names)s.") % {"names": ", ".join(reset_names)})
    untouched = [name for name in names if name not in reset_names]
    if untouched:
        messages.info(request, _("Nothing to reset: %(names)s.") % {"names": ", ".join(untouched)})


def let_back(request: HttpRequest, names: Sequence[str]) -> None:
    """Tests each provider by a small billed call; one that answers gets calls again at once."""
    for name in names:
        try:
            result = control.let_back(name, by=username(request.user))
        except LLMError as error:
            messages.error(request, formatting.pair(name, error))
            continue
        if result.ok:
            time = formatting.milliseconds(result.latency_ms)
            messages.success(
                request, _("%(name)s: answered in %(time)s and gets calls again.") % {"name": name, "time": time}
            )
        else:
            messages.error(request, failure_text(result))


def release(request: HttpRequest, names: Sequence[str]) -> None:
    """Ends the overrides: the circuits decide again."""
    for name in names:
        try:
            control.release(name, by=username(request.user))
        except LLMError as error:
            messages.error(request, str(error))
            continue
        messages.success(request, _("%(name)s: released; its circuit decides.") % {"name": name})
