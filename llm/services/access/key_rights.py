"""Holds callers to the rights of their keys: at their use, and before a call is planned."""

from collections.abc import Iterable
from dataclasses import replace

from llm.core.calls import Caller, CallOptions
from llm.core.chat.request import ChatRequest
from llm.core.consumers.allowed import largest_answer, refused_by_any
from llm.core.consumers.rights import AskedFor, KeyRights, Refused
from llm.core.exceptions import NotAllowed
from llm.core.routing.config import Config
from llm.core.routing.plan import Candidate
from llm.services.access.consumers import Consumer
from llm.services.runtime import clock
from llm.stores.config.key_uses import key_uses


def judge_use(consumer: Consumer, *, endpoint: str, address: str) -> None:
    """Notes that the key was used. Raises NotAllowed when it may not be used there, from there, or now."""
    if consumer.rights:
        check(consumer.rights, AskedFor(endpoint=endpoint, address=address, now=clock.now()))
    if consumer.key_id is not None:
        key_uses.note(consumer.key_id, at=clock.now(), address=address, is_previous=consumer.is_previous)


def check(rights: Iterable[KeyRights], asked: AskedFor) -> None:
    """Raises NotAllowed for the first bound that the request breaks."""
    if (refused := refused_by_any(rights, asked)) is not None:
        raise NotAllowed(refused)


def permitted(
    config: Config, request: ChatRequest, caller: Caller, options: CallOptions, *, stream: bool
) -> tuple[ChatRequest, CallOptions]:
    """The request and its options within the caller's rights; raises NotAllowed for what they forbid by name.

    Providers that the caller did not name are barred where they are not allowed. Our own applications choose
    `max_tokens` themselves, so theirs is lowered to the bound; a caller's is refused.
    """
    rights = caller.rights
    if not rights:
        return request, options
    asked = request.max_tokens if caller.origin == "api" else None
    named = [name for name in (options.primary, options.only, *(options.fallbacks or ())) if name is not None]
    check(rights, AskedFor(max_tokens=asked, stream=stream, route=None if options.only else options.route))
    for provider in (config.providers[name] for name in named if name in config.providers):
        check(rights, asked_of(provider.candidate))
    candidates = config.candidates.values()
    barred = tuple(c.name for c in candidates if refused_by_any(rights, asked_of(c)) is not None)
    members = config.routes[options.route].members if options.route in config.routes else ()
    chain = named or [member.provider for member in members] or list(config.providers)
    if chain and set(chain) <= set(barred):
        raise NotAllowed(Refused(field="providers", sentence="No provider of this route may be asked with this key."))
    bound = largest_answer(rights)
    if bound is not None and request.max_tokens is not None and request.max_tokens > bound:
        request = replace(request, max_tokens=bound)
    return request, replace(options, barred=barred)


def within_bound(candidates: dict[str, Candidate], rights: Iterable[KeyRights]) -> dict[str, Candidate]:
    """The candidates with default lengths of answers that the rights allow."""
    bound = largest_answer(rights)
    if bound is None:
        return candidates
    return {name: replace(c, max_tokens=min(c.max_tokens, bound)) for name, c in candidates.items()}


def allowed_names(config: Config, rights: tuple[KeyRights, ...]) -> list[str]:
    """The providers that a key with these rights may ask."""
    return [c.name for c in config.candidates.values() if refused_by_any(rights, asked_of(c)) is None]


def asked_of(candidate: Candidate) -> AskedFor:
    """The question whether this provider and its model may be asked."""
    return AskedFor(provider=candidate.name, model=candidate.model)
