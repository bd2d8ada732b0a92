"""The registry, and what of the SDKs' insides we lean on."""

import subprocess
import sys
import warnings
from inspect import signature

import pytest
from google import genai

from llm.adapters import KINDS, AdapterConfig, UnknownKind, build, warm
from llm.adapters.base import Adapter
from llm.adapters.gemini.genai_backend import PRIVATE
from llm.adapters.gemini.generativeai_backend import GenerativeAIBackend
from tests.adapters.wires import KEY, account


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_builds_its_adapter(kind: str) -> None:
    adapter = build(account(kind, "http://127.0.0.1:9"))
    assert isinstance(adapter, Adapter)
    assert type(adapter).__module__ == f"llm.adapters.{kind}.adapter"


def test_an_unknown_kind_is_refused_with_the_known_ones_named() -> None:
    with pytest.raises(UnknownKind, match="claude, gemini, openai"):
        build(AdapterConfig(name="x", kind="mistral", model="m", api_key=KEY))


def test_importing_the_registry_imports_no_sdk() -> None:
    code = (
        "import sys, llm.adapters\n"
        "print(sorted({name for name in ('anthropic', 'openai', 'google.genai', 'google.generativeai', 'django')"
        " if name in sys.modules}))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"  # noqa: S603  # our own interpreter


def test_warming_imports_the_sdks_in_a_thread() -> None:
    thread = warm(("claude", "openai", "no such kind"))
    thread.join(60)
    assert not thread.is_alive()
    assert {"anthropic", "openai"} <= sys.modules.keys()


def test_a_key_is_in_no_repr() -> None:
    assert KEY not in repr(account("claude", "http://127.0.0.1:9"))


def test_google_genai_still_has_the_private_methods_that_we_call() -> None:
    api = genai.Client(api_key="k", vertexai=False)._api_client
    for name in PRIVATE:
        assert hasattr(api, name), (
            f"google-genai has moved _api_client.{name}: see llm/adapters/gemini/genai_backend.py"
        )
    assert list(signature(api._build_request).parameters)[:3] == ["http_method", "path", "request_dict"]
    assert "stream" in signature(api._async_request_once).parameters
    assert hasattr(api._build_request("post", "models/m:generateContent", {"a": 1}), "timeout")
    api.close()


def test_google_generativeai_still_has_the_private_names_that_we_set() -> None:
    backend = GenerativeAIBackend(account("gemini", "http://127.0.0.1:9"), KEY)
    session = backend._client.transport._session  # type: ignore[attr-defined]  # private: that it is there is the test
    assert session._max_refresh_attempts == 0
    assert session.get_adapter("https://example.test") is backend._wire
    assert session.trust_env is False


def test_importing_google_generativeai_warns_nobody() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        code = "import llm.adapters.gemini.generativeai_backend"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert "FutureWarning" not in done.stderr
