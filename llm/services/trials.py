"""Tries settings of a provider before they are saved: lists the vendor's models, which is not billed."""

import asyncio
from dataclasses import dataclass

import structlog

from llm.core.failures.policy import ErrorClass, Failure, ProviderError
from llm.core.routing.config import ProviderConfig
from llm.models import Provider
from llm.services import portal
from llm.services.runtime import clock, import_sdks, runtime
from llm.stores.config.snapshot import provider_config
from llm.stores.secrets import encrypt

log = structlog.get_logger(__name__)

TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a vendor says to settings. `models`: those that it lists. `failure` None: key and address work."""

    latency_ms: float
    models: tuple[str, ...] = ()
    failure: Failure | None = None

    def has(self, model: str) -> bool:
        """Whether the vendor lists the model, or a dated version of it."""
        return any(listed == model or listed.startswith(f"{model}-") for listed in self.models)


def try_settings(row: Provider, api_key: str = "") -> Trial:
    """Asks with the row's settings, saved or not; `api_key` stands for the stored key. Changes no row, no circuit."""
    tried = Provider(**{field.attname: getattr(row, field.attname) for field in Provider._meta.concrete_fields})
    if api_key:
        tried.api_key_encrypted = encrypt(api_key)
    provider = provider_config(tried)
    return portal.run(lambda: _try(provider))


async def _try(provider: ProviderConfig) -> Trial:
    await asyncio.to_thread(import_sdks, (provider.candidate.kind,))
    started = clock.monotonic()
    models: tuple[str, ...] = ()
    failure = None
    adapter = runtime().unsaved_adapter(provider)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            models = await adapter.list_models(timeout_s=TIMEOUT_S)
    except ProviderError as error:
        failure = error.failure
    except TimeoutError:
        failure = Failure(error_class=ErrorClass.TIMEOUT, message=f"no list of models within {TIMEOUT_S:g} s")
    except Exception as error:  # settings that no adapter can use are a finding about them
        log.exception("trial_impossible", provider=provider.name)
        failure = Failure(error_class=ErrorClass.UNKNOWN, message=f"it cannot be asked: {type(error).__name__}")
    finally:
        await adapter.close()
    return Trial(latency_ms=round(1000 * (clock.monotonic() - started), 1), models=models, failure=failure)
