"""Vendors that serve models of their own. Each fact has its source beside it; read in November 2026."""

from llm.core.chat.request import Capability
from llm.vendors.preset import Preset
from llm.vendors.quirks import LimitField, ListShape, ModelList, Quirks

NO_JSON_SCHEMA = frozenset({Capability.DOCUMENTS, Capability.JSON_SCHEMA})

MAKERS = (
    Preset(
        name="anthropic",
        label="Anthropic (Claude)",
        kind="claude",
        address="https://api.anthropic.com",
        key_variable="ANTHROPIC_API_KEY",
        lacks=frozenset(),
        price_id="anthropic",
        sources=("https://platform.claude.com/docs/en/api/overview",),
    ),
    Preset(
        name="google",
        label="Google (Gemini)",
        kind="gemini",
        address="https://generativelanguage.googleapis.com",
        key_variable="GEMINI_API_KEY",
        lacks=frozenset(),
        price_id="google",
        sources=("https://ai.google.dev/api",),
    ),
    Preset(
        name="openai",
        label="OpenAI",
        address="https://api.openai.com/v1",
        key_variable="OPENAI_API_KEY",
        lacks=frozenset(),
        price_id="openai",
        sources=("https://developers.openai.com/api/reference/overview",),
    ),
    Preset(
        name="mistral",
        label="Mistral",
        address="https://api.mistral.ai/v1",
        key_variable="MISTRAL_API_KEY",
        quirks=Quirks(
            limit_field=LimitField.MAX_TOKENS,
            renamed=(("seed", "random_seed"),),
            tool_id_length=9,
        ),
        price_id="mistral",
        residency="Global; EU at https://api.eu.mistral.ai/v1 and US at https://api.us.mistral.ai/v1 for 10 % more.",
        sources=(
            "https://docs.mistral.ai/resources/migration-guides",
            "https://docs.mistral.ai/studio/regional-inference",
            "https://github.com/langchain-ai/langchain/pull/24668",  # ids of tool calls: 9 letters and digits
            "https://github.com/editor-code-assistant/eca/issues/231",  # 422 for max_completion_tokens
            "https://docs.mistral.ai/api/",  # random_seed
        ),
    ),
    Preset(
        name="deepseek",
        label="DeepSeek",
        address="https://api.deepseek.com",
        key_variable="DEEPSEEK_API_KEY",
        quirks=Quirks(limit_field=LimitField.MAX_TOKENS, reasoning_echo=""),
        lacks=NO_JSON_SCHEMA,
        balance="/user/balance",
        price_id="deepseek",
        residency="People's Republic of China, by the vendor's privacy policy.",
        sources=(
            "https://api-docs.deepseek.com/",
            "https://api-docs.deepseek.com/guides/thinking_mode",  # reasoning_content must come back, else 400
            "https://api-docs.deepseek.com/api/create-chat-completion",  # text and json_object alone
            "https://api-docs.deepseek.com/api/get-user-balance",
            "https://github.com/earendil-works/pi/pull/4178",  # an empty text will do
            "https://tnsafety.com/deepseeks-chinese-data-storage-policy-raises-global-privacy-concerns",
        ),
    ),
    Preset(
        name="xai",
        label="xAI (Grok)",
        address="https://api.x.ai/v1",
        key_variable="XAI_API_KEY",
        price_id="x-ai",
        note="Pictures below 64 by 64 pixels are refused. Retired models may answer and not be listed.",
        sources=(
            "https://docs.x.ai/docs/models",
            "https://github.com/juspay/neurolink/blob/release/src/lib/providers/catalog/xai.json",
        ),
    ),
    Preset(
        name="moonshot",
        label="Moonshot (Kimi)",
        address="https://api.moonshot.ai/v1",
        key_variable="MOONSHOT_API_KEY",
        quirks=Quirks(
            limit_field=LimitField.MAX_COMPLETION_TOKENS,
            unsent=frozenset({"temperature", "top_p"}),
            reasoning_echo=" ",
        ),
        balance="/users/me/balance",
        price_id="moonshotai",
        note="Keys of platform.kimi.ai do not work at the Chinese address api.moonshot.cn, and the other way round.",
        sources=(
            "https://platform.kimi.ai/docs/overview",
            "https://platform.kimi.ai/docs/guide/use-kimi-k2-thinking-model",  # reasoning_content must come back
            "https://github.com/earendil-works/pi/pull/4178",  # an empty text counts as none
            "https://github.com/lsdefine/GenericAgent/pull/30",  # 400 for every temperature but 1
            "https://platform.kimi.ai/docs/guide/kimi-k3-quickstart",  # max_completion_tokens
            "https://platform.moonshot.cn/docs/api/balance",
            "https://platform.kimi.ai/docs/api/errors",
        ),
    ),
    Preset(
        name="zai",
        label="Z.ai (GLM)",
        address="https://api.z.ai/api/paas/v4",
        key_variable="ZAI_API_KEY",
        price_id="zai",
        note="Subscribers of the coding plan have the address https://api.z.ai/api/coding/paas/v4.",
        sources=("https://docs.z.ai/guides/develop/openai/python", "https://docs.z.ai/api-reference/introduction"),
    ),
    Preset(
        name="qwen",
        label="Qwen (Alibaba Cloud Model Studio)",
        address="https://{workspace}.{region}.maas.aliyuncs.com/compatible-mode/v1",
        hints={
            "workspace": "The id of the workspace, from the console of Model Studio.",
            "region": "ap-southeast-1 (Singapore), us-east-1, ap-northeast-1 (Tokyo) or cn-hongkong.",
        },
        key_variable="DASHSCOPE_API_KEY",
        residency="The region in the address. A key belongs to its region.",
        sources=(
            "https://www.alibabacloud.com/help/en/model-studio/compatibility-of-openai-with-dashscope",
            "https://www.developersdigest.tech/reference/api-compatibility/qwen",
        ),
    ),
    Preset(
        name="perplexity",
        label="Perplexity (Sonar)",
        address="https://api.perplexity.ai",
        key_variable="PERPLEXITY_API_KEY",
        quirks=Quirks(models=None),
        price_id="perplexity",
        note="Models: sonar, sonar-pro, sonar-reasoning-pro, sonar-deep-research. Searches are billed beside tokens.",
        sources=(
            "https://docs.perplexity.ai/docs/sonar/openai-compatibility",
            "https://docs.perplexity.ai/guides/chat-completions-guide",
        ),
    ),
    Preset(
        name="cohere",
        label="Cohere",
        address="https://api.cohere.ai/compatibility/v1",
        key_variable="COHERE_API_KEY",
        quirks=Quirks(
            unsent=frozenset({"stream_options"}),
            models=ModelList(
                path="/v1/models?endpoint=chat&page_size=1000", above="/compatibility/v1", shape=ListShape.MODELS
            ),
        ),
        price_id="cohere",
        sources=(
            "https://docs.cohere.com/docs/compatibility-api",
            "https://docs.cohere.com/v1/reference/list-models",
            "https://strandsagents.com/latest/documentation/docs/community/model-providers/cohere",  # no stream_options
        ),
    ),
    Preset(
        name="minimax",
        label="MiniMax",
        address="https://api.minimax.io/v1",
        key_variable="MINIMAX_API_KEY",
        quirks=Quirks(limit_field=LimitField.MAX_COMPLETION_TOKENS),
        price_id="minimax",
        sources=(
            "https://platform.minimax.io/docs/api-reference/text-openai-api",
            "https://platform.minimax.io/docs/api-reference/text-chat-openai",  # max_completion_tokens
        ),
    ),
)
