"""First words about the request itself: filters, length, and what just this vendor or model refuses."""

from llm.core.failures.policy import ErrorClass as E
from llm.core.failures.rules.rule import phrase

_NAME = r"[`'\"]?(?P<parameter>[A-Za-z_][\w.]{0,60})[`'\"]?"

FILTER = (
    phrase(
        E.CONTENT_FILTERED,
        "anthropic-filter-001",
        r"(?:the )?(?:output|input|prompt|response) (?:was )?blocked by content filtering policy",
    ),
    phrase(E.CONTENT_FILTERED, "openai-filter-001", r"invalid prompt: (?:your prompt|we've limited|this)"),
    phrase(
        E.CONTENT_FILTERED,
        "openai safety system",
        r"your (?:request|prompt|input) was (?:rejected|flagged|blocked) (?:as a result of|by|as potentially|due to)",
    ),
    phrase(
        E.CONTENT_FILTERED,
        "azure-filter-003",
        r"the response was filtered(?: due to the prompt triggering|\.?$)",
    ),
    phrase(E.CONTENT_FILTERED, "azure output filter", r"the model produced invalid content\b"),
    phrase(
        E.CONTENT_FILTERED,
        "openrouter 403 moderation",
        r"(?:your chosen model requires moderation|[\w./:@-]{1,120} requires moderation on)\b",
    ),
    phrase(E.CONTENT_FILTERED, "xai 403", r"content violates usage guidelines\b"),
    phrase(E.CONTENT_FILTERED, "deepseek 400", r"content exists risk\b"),
    phrase(
        E.CONTENT_FILTERED,
        "help.aliyun.com DataInspectionFailed",
        r"(?:input or output|input|output)(?: text)? data may contain (?:inappropriate|sensitive) content",
    ),
    phrase(
        E.CONTENT_FILTERED,
        "platform.moonshot.ai content_filter",
        r"the request was rejected because it was considered high risk",
    ),
    phrase(
        E.CONTENT_FILTERED,
        "Gemini blocked prompt",
        r"(?:the prompt (?:could not be submitted|violated)|(?:prompt|candidate) (?:was )?blocked)\b",
    ),
    phrase(
        E.CONTENT_FILTERED,
        "Zhipu 1301",
        r"系统检测到输入或生成内容可能包含(?:不安全|敏感)",
    ),
)

LONG_CONTEXT = (
    phrase(
        E.CONTEXT_LENGTH,
        "anthropic-credit-005; anthropic long context beta",
        r"(?=[^\"'`:]{0,200}\blong[- ]context\b)"
        r"(?=[^\"'`:]{0,240}\b(?:required|available|enabled|supported|access|allowed|tier|upgrade|rate limits?)\b)",
    ),
)
"""A right or an allowance that only long prompts need. The account works: this request is too long for it."""

LENGTH = (
    phrase(
        E.CONTEXT_LENGTH,
        "anthropic-context-001",
        r"(?:messages: )?(?:the )?(?:prompt|input) is too long\b",
    ),
    phrase(
        E.CONTEXT_LENGTH,
        "anthropic max_tokens over the window",
        r"input length and `?max_tokens`? exceed context limit\b",
    ),
    phrase(
        E.CONTEXT_LENGTH,
        "openai; vLLM; deepseek; openrouter",
        r"this (?:model|endpoint)'s maximum (?:context|prompt) length is\b",
    ),
    phrase(E.CONTEXT_LENGTH, "openai responses", r"your input exceeds the context window of this model"),
    phrase(E.CONTEXT_LENGTH, "openai", r"input tokens exceed the configured limit of\b"),
    phrase(
        E.CONTEXT_LENGTH,
        "openai-context-001; groq-context-001",
        r"request too large for .{1,160}? on [\w ]{0,40}(?:tokens|requests) per (?:min|minute|day)\b",
    ),
    phrase(
        E.CONTEXT_LENGTH,
        "openai string_above_max_length of a message",
        r"invalid '(?:messages\[\d+\]\.content|input|prompt|instructions|input\[\d+\]\.content)[^']{0,40}': "
        r"string too long\b",
    ),
    phrase(
        E.CONTEXT_LENGTH,
        "Gemini 400",
        r"(?:the )?input token count (?:\(?\d+\)? )?exceeds the maximum number of (?:input )?tokens",
    ),
    phrase(
        E.CONTEXT_LENGTH,
        "groq; cerebras",
        r"please reduce the length of the messages or completion\b",
    ),
    phrase(
        E.CONTEXT_LENGTH,
        "Mistral 3051",
        r"prompt contains \d+ tokens\b.{0,60}?too large for model",
    ),
    phrase(
        E.CONTEXT_LENGTH,
        "together 422; TGI",
        r"(?:input validation error: )?`?inputs`? (?:tokens \+ `?max_new_tokens`? )?must (?:be <=|have less than)",
    ),
    phrase(
        E.CONTEXT_LENGTH,
        "bedrock validation of length",
        r"malformed input request: expected maxlength: \d+, actual: \d+",
    ),
    phrase(E.CONTEXT_LENGTH, "bedrock titan", r"(?:\d+ bad request: )?too many input tokens\. max input tokens"),
    phrase(E.CONTEXT_LENGTH, "cohere 400", r"too many tokens: (?:size|the total|total)\b"),
    phrase(
        E.CONTEXT_LENGTH,
        "platform.moonshot.ai",
        r"(?:invalid request: )?your request exceeded model token limit\b",
    ),
    phrase(E.CONTEXT_LENGTH, "MiniMax 2013", r"(?:invalid params, )?context window exceeds limit\b"),
    phrase(
        E.CONTEXT_LENGTH,
        "help.aliyun.com InvalidParameter",
        r"(?:<\d+> )?(?:\w+(?:\.\w+)*: )?range of input length should be\b",
    ),
    phrase(
        E.CONTEXT_LENGTH,
        "llama.cpp; LM Studio",
        r"(?:the request exceeds the available context size|the number of tokens to keep from the initial prompt"
        r"|trying to keep the first \d+ tokens when context)",
    ),
    phrase(E.CONTEXT_LENGTH, "GitHub Models 413", r"request body too large for \S+ model\. max size: \d+ tokens"),
    phrase(
        E.CONTEXT_LENGTH,
        "Zhipu 1261; other Chinese vendors",
        r"(?:prompt|输入)? ?(?:超长|超过最大长度|长度超过)",
    ),
)

OUTPUT = (
    phrase(
        E.BAD_RESPONSE,
        "groq-badresp-001, -003",
        r"(?:tool call validation failed|failed to (?:call a function|generate json|parse tool call))\b",
    ),
    phrase(
        E.BAD_RESPONSE,
        "bedrock: the model's own tool call",
        r"model produced invalid sequence as part of tooluse",
    ),
)

PORTABLE = (
    phrase(
        E.INVALID_REQUEST,
        "openai unsupported_parameter",
        rf"unsupported (?:parameter|value|parameters): {_NAME}",
        portable=True,
    ),
    phrase(
        E.INVALID_REQUEST,
        "openai; Mistral; azure: argument of another vendor",
        rf"(?:unknown parameter|unrecognized request arguments? supplied|unknown name): {_NAME}",
        portable=True,
    ),
    phrase(
        E.INVALID_REQUEST,
        "bedrock: stopSequences",
        rf"this model doesn't support the {_NAME} field\b",
        portable=True,
    ),
    phrase(
        E.INVALID_REQUEST,
        "anthropic-invalid-003; anthropic prefill; bedrock tool streaming",
        r"(?:this|your|the(?: requested| selected)?) model (?:does not|doesn't|cannot) (?:currently )?support\b",
        portable=True,
    ),
    phrase(
        E.INVALID_REQUEST,
        "anthropic: sampling parameters of newer models",
        rf"{_NAME} (?:and `\w+` cannot both be specified for this model"
        r"|is (?:deprecated for|not supported (?:with|in|by|for)) this model)",
        portable=True,
    ),
    phrase(
        E.INVALID_REQUEST,
        "groq; openai: a feature of another model",
        rf"{_NAME} (?:is|are) not (?:supported|available|enabled) (?:with|in|by|for|on) "
        r"(?:this|the|model|models/)",
        portable=True,
    ),
    phrase(
        E.INVALID_REQUEST,
        "openai: response_format of older models",
        rf"invalid parameter: {_NAME} of type [\w'`\"]+ is not supported with this model",
        portable=True,
    ),
    phrase(
        E.INVALID_REQUEST,
        "Gemini: a capability the model lacks",
        r"(?:function calling|tool use|image input|json mode|developer instruction|thinking|budget 0"
        r"|system instruction)(?: with \S+ \S+ \S+)? (?:is|are) (?:not|invalid)",
        portable=True,
    ),
    phrase(
        E.INVALID_REQUEST,
        "vLLM, Ollama, groq: model without that feature",
        r"[\w./:@-]{1,160} (?:does not|doesn't) support (?:tools|thinking|images?|vision)\b",
        portable=True,
    ),
)
