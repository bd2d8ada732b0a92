"""Vendors that serve others' models. Each fact has its source beside it; read in November 2026."""

from llm.vendors.preset import Preset
from llm.vendors.quirks import LimitField, Quirks

NEUROLINK = "https://github.com/juspay/neurolink/blob/release/src/lib/providers/catalog"
"""A catalogue whose rows cite the vendors' own pages, with dates and live tests."""

HOSTS = (
    Preset(
        name="groq",
        label="Groq",
        address="https://api.groq.com/openai/v1",
        key_variable="GROQ_API_KEY",
        quirks=Quirks(limit_field=LimitField.MAX_COMPLETION_TOKENS),
        price_id="groq",
        sources=(
            "https://console.groq.com/docs/openai",
            "https://github.com/groq/groq-python/pull/175",  # max_completion_tokens in place of max_tokens
        ),
    ),
    Preset(
        name="cerebras",
        label="Cerebras",
        address="https://api.cerebras.ai/v1",
        key_variable="CEREBRAS_API_KEY",
        quirks=Quirks(
            limit_field=LimitField.MAX_COMPLETION_TOKENS,
            unsent=frozenset({"frequency_penalty", "presence_penalty", "parallel_tool_calls"}),
        ),
        price_id="cerebras",
        sources=(
            "https://inference-docs.cerebras.ai/resources/openai",
            "https://hexdocs.pm/req_llm/1.9.0/cerebras.html",  # 400 for penalties and parallel_tool_calls
            "https://kestra.io/plugins/plugin-cerebras/io.kestra.plugin.cerebras.chatcompletion",  # the limit's field
        ),
    ),
    Preset(
        name="together",
        label="Together AI",
        address="https://api.together.ai/v1",
        key_variable="TOGETHER_API_KEY",
        price_id="together",
        note="Ids of models have two parts, such as meta-llama/Llama-3.3-70B-Instruct-Turbo.",
        sources=("https://www.developersdigest.tech/reference/api-compatibility/together",),
    ),
    Preset(
        name="fireworks",
        label="Fireworks AI",
        address="https://api.fireworks.ai/inference/v1",
        key_variable="FIREWORKS_API_KEY",
        price_id="fireworks",
        note="Ids of models begin with accounts/fireworks/models/.",
        sources=("https://www.developersdigest.tech/reference/api-compatibility/fireworks",),
    ),
    Preset(
        name="openrouter",
        label="OpenRouter",
        address="https://openrouter.ai/api/v1",
        key_variable="OPENROUTER_API_KEY",
        balance="/credits, /key",
        price_id="openrouter",
        optional_headers={
            "HTTP-Referer": "the site's address, for OpenRouter's rankings",
            "X-Title": "the site's name, for the same",
        },
        sources=("https://openrouter.ai/docs/api-keys", "https://openrouter.ai/docs/api-reference/credits"),
    ),
    Preset(
        name="nvidia",
        label="NVIDIA (NIM)",
        address="https://integrate.api.nvidia.com/v1",
        key_variable="NVIDIA_API_KEY",
        sources=("https://build.nvidia.com/", "https://docs.pipecat.ai/api-reference/server/services/llm/nvidia"),
    ),
    Preset(
        name="sambanova",
        label="SambaNova",
        address="https://api.sambanova.ai/v1",
        key_variable="SAMBANOVA_API_KEY",
        sources=(f"{NEUROLINK}/sambanova.json",),
    ),
    Preset(
        name="deepinfra",
        label="DeepInfra",
        address="https://api.deepinfra.com/v1/openai",
        key_variable="DEEPINFRA_API_KEY",
        sources=("https://docs.deepinfra.com/chat/overview",),
    ),
    Preset(
        name="huggingface",
        label="Hugging Face (Inference Providers)",
        address="https://router.huggingface.co/v1",
        key_variable="HF_TOKEN",
        sources=("https://huggingface.co/inference/models", f"{NEUROLINK}/huggingface.json"),
    ),
    Preset(
        name="nebius",
        label="Nebius Token Factory",
        address="https://api.tokenfactory.nebius.com/v1",
        key_variable="NEBIUS_API_KEY",
        sources=("https://docs.tokenfactory.nebius.com/api-reference/introduction",),
    ),
    Preset(
        name="scaleway",
        label="Scaleway Generative APIs",
        address="https://api.scaleway.ai/v1",
        key_variable="SCALEWAY_API_KEY",
        residency="Paris, by the vendor's price page.",
        sources=(
            "https://www.scaleway.com/en/developers/api/generative-apis/chat-completions/",
            "https://www.scaleway.com/en/pricing/model-as-a-service/",
        ),
    ),
    Preset(
        name="ovhcloud",
        label="OVHcloud AI Endpoints",
        address="https://oai.endpoints.kepler.ai.cloud.ovh.net/v1",
        key_variable="OVH_AI_ENDPOINTS_ACCESS_TOKEN",
        price_id="ovhcloud",
        sources=("https://docs.ovhcloud.com/en/guides/public-cloud/ai-machine-learning/ai-endpoints-getting-started",),
    ),
    Preset(
        name="ollama-cloud",
        label="Ollama Cloud",
        address="https://ollama.com/v1",
        key_variable="OLLAMA_API_KEY",
        quirks=Quirks(limit_field=LimitField.MAX_TOKENS),
        sources=("https://docs.ollama.com/api/openai-compatibility",),
    ),
)
