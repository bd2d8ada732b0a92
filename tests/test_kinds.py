"""What a model can do where no operator says it."""

import pytest

from llm.core.chat.request import Capability
from llm.kinds import KINDS, capabilities_of, is_compatible


@pytest.mark.parametrize(
    ("kind", "model", "takes_documents"),
    [
        ("claude", "claude-sonnet-5-5", True),
        ("gemini", "gemini-3.8-flash", True),
        ("openai", "gpt-6.1-terra", True),
        ("openai", "openai/gpt-4o-mini", True),
        ("openai", "gpt-4.1", True),
        ("openai", "o3", True),
        ("openai", "gpt-4", False),
        ("openai", "gpt-4-0613", False),
        ("openai", "gpt-3.5-turbo", False),
        ("openai", "o3-mini", False),
        ("openai", "openai/gpt-oss-120b", False),
        ("openai", "llama-3.3-70b", False),
        ("openai", "mistral-large-latest", False),
        ("openai", "deepseek-chat", False),
    ],
)
def test_documents_are_for_the_three_vendors_models(kind: str, model: str, takes_documents: bool) -> None:
    found = set(capabilities_of(kind, model))
    assert (Capability.DOCUMENTS in found) is takes_documents
    assert found | {Capability.DOCUMENTS} == set(KINDS[kind].capabilities)


def test_a_compatible_vendor_is_one_of_openais_kind_with_another_model() -> None:
    assert is_compatible("openai", "llama-3.3-70b")
    assert is_compatible("openai", "openai/gpt-oss-20b")
    assert not is_compatible("openai", "openai/gpt-4o")
    assert not is_compatible("claude", "llama-3.3-70b")
