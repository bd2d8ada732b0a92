"""Text for a prompt, for callers that want neither exceptions of vendors nor of a broken gateway.

from llm.ai_service import AIService
text = await AIService().generate("Where is the main water valve?")
"""

import asyncio
from collections.abc import Mapping, Sequence

import structlog

from llm import adapters
from llm.conf import environment_providers, llm_settings, secret
from llm.core.addresses.reach import TRUSTED
from llm.core.calls import Caller, CallOptions
from llm.core.chat.request import ChatRequest, Message, Role, message
from llm.core.chat.static_answers import static_text
from llm.core.exceptions import LLMError
from llm.services import portal
from llm.services.calls.run import complete
from llm.services.languages import detect_language
from llm.stores.config.routes import built_in_texts
from llm.stores.config.snapshot import config_store

log = structlog.get_logger(__name__)

DIRECT_S = 20.0
"""Time limit of the direct call to Claude, in seconds."""

Messages = Sequence[Mapping[str, str]]


class AIService:
    """Answers prompts with text, the static one at worst. `route` and `language` are the defaults of its calls."""

    def __init__(self, *, route: str = "default", language: str | None = None, caller: Caller | None = None) -> None:
        self._route = route
        self._language = language
        self._caller = caller or Caller(origin="code")

    async def generate(
        self,
        prompt: str | Messages,
        *,
        system: str = "",
        max_tokens: int | None = None,
        temperature: float | None = None,
        language: str | None = None,
        route: str | None = None,
        provider: str | None = None,
    ) -> str:
        """The answer's text: a vendor's, or the static one.

        `prompt` is a text, or messages as `{"role": "user" | "assistant" | "system", "content": text}`.
        `provider` is asked first. When the gateway is broken or has no provider, Claude is asked directly.
        Raises ValueError for an empty or malformed prompt; failures of vendors, database and gateway are logged.
        """
        request = _request(prompt, system, max_tokens, temperature, language or self._language)
        options = CallOptions(route=route or self._route, primary=provider)
        text = ""
        try:
            answer = await complete(request, caller=self._caller, options=options)
            text, broken = answer.completion.text, answer.degraded and _has_no_provider()
        except LLMError as error:
            log.warning("ai_service_static", error=type(error).__name__)
            broken = _has_no_provider()
        except Exception:  # a defect of the gateway: the caller still gets text
            log.exception("ai_service_gateway_broken")
            broken = True
        if broken and not config_store.peek().rules:  # without the gateway neither limits nor budgets can be kept
            text = await self._ask_claude_directly(request) or text
        return text or static_text(config_store.peek().texts, built_in_texts(), options.route, request.language)

    def generate_sync(
        self,
        prompt: str | Messages,
        *,
        system: str = "",
        max_tokens: int | None = None,
        temperature: float | None = None,
        language: str | None = None,
        route: str | None = None,
        provider: str | None = None,
    ) -> str:
        """`generate` for threads without a running event loop; blocks."""
        return portal.run(
            lambda: self.generate(
                prompt,
                system=system,
                max_tokens=max_tokens,
                temperature=temperature,
                language=language,
                route=route,
                provider=provider,
            )
        )

    async def _ask_claude_directly(self, request: ChatRequest) -> str | None:
        """Claude's answer with the environment's key, without database, circuits and records; None on any failure."""
        try:
            config = await asyncio.to_thread(_claude_from_environment)
            if config is None:
                return None
            adapter = await asyncio.to_thread(adapters.build, config)
            try:
                async with asyncio.timeout(min(DIRECT_S, llm_settings().deadline_s)):
                    return (await adapter.complete(request, timeout_s=DIRECT_S)).text
            finally:
                await adapter.close()
        except Exception as error:  # noqa: BLE001  any failure here ends in the static text
            log.warning("ai_service_direct_failed", error=type(error).__name__)
            return None


def _has_no_provider() -> bool:
    """Whether the gateway has no provider: the database was never reached, or every row is unusable."""
    return not config_store.peek().providers


def _claude_from_environment() -> adapters.AdapterConfig | None:
    provider = next((p for p in environment_providers() if p.kind == "claude"), None)
    key = secret(provider.api_key_env) if provider else ""
    if provider is None or not key:
        return None
    return adapters.AdapterConfig(
        name="claude",
        kind="claude",
        model=provider.model,
        api_key=key,
        base_url=provider.base_url or None,
        reach=TRUSTED,
    )


def _request(
    prompt: str | Messages, system: str, max_tokens: int | None, temperature: float | None, language: str | None
) -> ChatRequest:
    messages = [message(Role.SYSTEM, system)] if system else []
    if isinstance(prompt, str):
        messages.append(message(Role.USER, prompt))
    else:
        messages.extend(_message(item, index) for index, item in enumerate(prompt))
    user_messages = [m for m in messages if m.role is Role.USER and m.text.strip()]
    if not user_messages:
        raise ValueError("prompt: there is no user message with text in it")
    return ChatRequest(
        messages=tuple(messages),
        max_tokens=max_tokens,
        temperature=temperature,
        language=language or detect_language(user_messages[-1].text),
    )


def _message(item: Mapping[str, str], index: int) -> Message:
    try:
        role, content = Role(item["role"]), item["content"]
        if not isinstance(content, str):
            raise TypeError
        return message(role, content)
    except (KeyError, TypeError, ValueError):
        raise ValueError(f"prompt[{index}]: needs a role (system, user or assistant) and a content") from None
