"""Servers that one runs oneself; their addresses need LLM_ALLOW_PRIVATE_HOSTS. Read in November 2026."""

from llm.vendors.preset import Preset
from llm.vendors.quirks import LimitField, Quirks

OWN_MACHINE = "Your own machine."

OWN_SERVERS = (
    Preset(
        name="ollama",
        label="Ollama",
        address="http://localhost:11434/v1",
        key_variable="",
        needs_key=False,
        quirks=Quirks(limit_field=LimitField.MAX_TOKENS),
        residency=OWN_MACHINE,
        sources=("https://docs.ollama.com/api/openai-compatibility",),  # the limit's field too
    ),
    Preset(
        name="vllm",
        label="vLLM",
        address="http://localhost:8000/v1",
        key_variable="",
        needs_key=False,
        residency=OWN_MACHINE,
        note="With --api-key the server wants that key.",
        sources=("https://docs.vllm.ai/en/v0.8.1/serving/openai_compatible_server.html",),
    ),
    Preset(
        name="llama-cpp",
        label="llama.cpp (llama-server)",
        address="http://localhost:8080/v1",
        key_variable="",
        needs_key=False,
        quirks=Quirks(limit_field=LimitField.MAX_TOKENS),
        residency=OWN_MACHINE,
        note="With --api-key the server wants that key. One loaded model answers under every name.",
        sources=(
            "https://www.mintlify.com/ggml-org/llama.cpp/api/rest/overview",
            "https://dev.to/multigrid/running-llamacpps-server-in-openai-compatible-mode-2nd0",
        ),
    ),
    Preset(
        name="lmstudio",
        label="LM Studio",
        address="http://localhost:1234/v1",
        key_variable="",
        needs_key=False,
        residency=OWN_MACHINE,
        note="With Require Authentication the server wants an API token.",
        sources=("https://lmstudio.ai/docs/developer/openai-compat",),
    ),
)
