"""First words that distinguish money, quotas, capacity and limits. Tried in this order."""

from llm.core.failures.policy import ErrorClass as E
from llm.core.failures.rules.rule import phrase

_PERIODS = r"(?:daily|weekly|monthly|yearly|annual|5-hour|weekly/monthly)"
_HOLDER = r"(?:organization|workspace|team|project|account|api key|key|subscription)"

CREDIT = (
    phrase(E.CREDIT_EXHAUSTED, "anthropic-credit-001", r"your credit balance is too low\b"),
    phrase(
        E.CREDIT_EXHAUSTED,
        "anthropics/claude-code#38035, #2127",
        r"you have reached your specified (?:\w+ ){0,2}api usage limits?\b",
    ),
    phrase(
        E.CREDIT_EXHAUSTED,
        "platform.claude.com workspaces: spend limits",
        rf"(?:this|your) {_HOLDER} has (?:reached|exceeded|hit) (?:its|the|your) (?:\w+ ){{0,3}}"
        r"(?:spend|spending|usage|budget|credit|billing)s? (?:limit|cap|quota)",
    ),
    phrase(
        E.CREDIT_EXHAUSTED,
        "anthropics/claude-code: extra usage",
        r"(?:third-party apps now draw from your extra usage|you'?re out of extra usage)",
    ),
    phrase(
        E.CREDIT_EXHAUSTED,
        "docs.claude.com rate-limits (tokens per day)",
        r"number of (?:request |input |output )?tokens has exceeded your daily rate limit",
    ),
    phrase(
        E.CREDIT_EXHAUSTED,
        "docs.claude.com rate-limits (per day)",
        r"this request would exceed (?:your|the) [^\"']{0,200}?(?:tokens|requests) per day",
    ),
    phrase(E.CREDIT_EXHAUSTED, "gemini-credit-005", r"your pre-?(?:payment|paid) credits (?:are|have been) "),
    phrase(
        E.CREDIT_EXHAUSTED,
        "ai.google.dev billing: spend caps",
        r"(?:your|this) (?:project|billing account) has exceeded its (?:\w+ )?spending cap",
    ),
    phrase(
        E.CREDIT_EXHAUSTED,
        "google.rpc BILLING_DISABLED",
        r"this api method requires billing to be enabled",
    ),
    phrase(
        E.CREDIT_EXHAUSTED,
        "google-gemini/gemini-cli googleQuotaErrors",
        r"you have exhausted your (?:daily quota|capacity|quota) on this model",
    ),
    phrase(
        E.CREDIT_EXHAUSTED,
        "vertex quota ids (per day)",
        r"quota exceeded for (?:quota metric|metric|quota|aiplatform)[^\"]{0,300}?per[ _]?day",
    ),
    phrase(
        E.CREDIT_EXHAUSTED,
        "Gemini free tier, limit: 0",
        r"you exceeded your current quota, please check your plan and billing[^\"]*?, limit: 0\b",
    ),
    phrase(
        E.RATE_LIMITED,
        "gemini-rate-002 without its details",
        r"you exceeded your current quota, please check your plan and billing details\.[^\"]*"
        r"please retry in (?:\d{1,2}(?:\.\d+)?s|[\d.]+ms)",
    ),
    phrase(E.CREDIT_EXHAUSTED, "openai-credit-001", r"you exceeded your current quota, please check your"),
    phrase(E.CREDIT_EXHAUSTED, "openai-credit-002", r"billing hard limit has been reached"),
    phrase(
        E.CREDIT_EXHAUSTED,
        "openai error-codes: billing_not_active",
        r"your account is not active, please check your billing",
    ),
    phrase(
        E.CREDIT_EXHAUSTED,
        "groq-credit-001; openai requests per day",
        r"rate limit reached for .{1,160}? on [\w ]{0,40}(?:requests|tokens|images|audio) per (?:day|week|month)",
    ),
    phrase(
        E.CREDIT_EXHAUSTED,
        "GitHub Models ByDay",
        r"rate limit of \d+ per 86400s exceeded",
    ),
    phrase(
        E.CREDIT_EXHAUSTED,
        "inference-docs.cerebras.ai error codes",
        r"(?:tokens|requests) per (?:day|month) limit exceeded",
    ),
    phrase(E.CREDIT_EXHAUSTED, "bedrock daily tokens, strands-agents", r"too many tokens per day\b"),
    phrase(E.CREDIT_EXHAUSTED, "openrouter-credit-005", r"this request requires more credits\b"),
    phrase(E.CREDIT_EXHAUSTED, "openrouter-credit-004", r"more credits are required to run this request"),
    phrase(E.CREDIT_EXHAUSTED, "openrouter-credit-007", r"rate limit exceeded: free-models-per-day"),
    phrase(E.CREDIT_EXHAUSTED, "RooCodeInc/Roo-Code#515; MCPJam/inspector#1287", r"key limit exceeded\b"),
    phrase(
        E.CREDIT_EXHAUSTED,
        "anomalyco/opencode#12219",
        r"prompt tokens limit exceeded: \d+ > \d+\. to increase, visit https://openrouter",
    ),
    phrase(
        E.CREDIT_EXHAUSTED,
        "deepseek-credit-001; Wei-Shaw/sub2api#890; openrouter 402",
        r"(?:sorry, )?(?:your )?(?:account )?(?:has )?insufficient (?:account |credit |user )?"
        r"(?:balance|credits?|funds|quota)\b",
    ),
    phrase(
        E.CREDIT_EXHAUSTED,
        "docs.siliconflow.cn 30001; docs.aihubmix.com",
        r"(?:sorry, )?your account balance is (?:insufficient|not enough|too low)",
    ),
    phrase(
        E.CREDIT_EXHAUSTED,
        "huggingface inference providers, 402",
        r"you have (?:exceeded|depleted|used up) your (?:monthly )?(?:included |free )?credits",
    ),
    phrase(
        E.CREDIT_EXHAUSTED,
        "continuedev/continue#10373; Wei-Shaw/sub2api#4069 (xAI)",
        r"your (?:newly created )?team \S+ (?:has either used all available credits|doesn't have any credits)",
    ),
    phrase(E.CREDIT_EXHAUSTED, "luxus/pi-xai#10", r"you have (?:run out of|no remaining|no usable) credits"),
    phrase(E.CREDIT_EXHAUSTED, "docs.together.ai error-codes", r"credit limit exceeded\b"),
    phrase(E.CREDIT_EXHAUSTED, "mistral-credit-001", r"inactive subscription or usage limit reached"),
    phrase(
        E.CREDIT_EXHAUSTED,
        "oaicompat-credit-004 (Moonshot)",
        r"your account \S+(?: <\S+>)? is suspended due to insufficient balance",
    ),
    phrase(
        E.CREDIT_EXHAUSTED,
        "Fireworks 412, diegosouzapw/OmniRoute",
        r"account \S+ is suspended, possibly due to reaching the monthly spending limit",
    ),
    phrase(
        E.CREDIT_EXHAUSTED,
        "oaicompat-credit-006 (DashScope)",
        r"access denied, ple?ase make sure your account is in good standing",
    ),
    phrase(E.CREDIT_EXHAUSTED, "help.aliyun.com FreeTierOnly", r"the free tier of the model has been exhausted"),
    phrase(
        E.CREDIT_EXHAUSTED,
        "bedrock-credit-002",
        r"model access is denied due to invalid_payment_instrument\b",
    ),
    phrase(E.CREDIT_EXHAUSTED, "BerriAI/litellm proxy budgets", r"budget has been exceeded!"),
    phrase(E.CREDIT_EXHAUSTED, "BerriAI/litellm proxy budgets", r"exceededbudget: "),
    phrase(
        E.CREDIT_EXHAUSTED,
        "Yeachan-Heo/gajae-code#1821 (Z.AI 1310)",
        rf"(?:your |the )?(?:{_PERIODS}|usage) (?:\w+ ){{0,2}}?(?:limit|quota|cap)s? "
        rf"(?:has been |is )?(?:exhausted|reached|exceeded)\b",
    ),
    phrase(
        E.CREDIT_EXHAUSTED,
        "plan allowances: cohere trial keys, Z.AI, Mistral",
        r"you are using a trial key, which is limited to [\d,]+ api calls / month",
    ),
    phrase(
        E.CREDIT_EXHAUSTED,
        "plan allowances (laz-001/ai-ide-eval#3, Mistral, Cohere)",
        rf"you(?:'ve| have) (?:hit|reached|exceeded|exhausted) (?:your|the) "
        rf"(?:\w+ ){{0,2}}?(?:{_PERIODS}|usage) (?:\w+ ){{0,2}}?"
        r"(?:limits?|quota|allowance|budget|credits|requests|tokens)\b",
    ),
    phrase(E.CREDIT_EXHAUSTED, "learn.microsoft.com API Management quota", r"out of call volume quota\b"),
    phrase(
        E.CREDIT_EXHAUSTED,
        "oaicompat-credit-003 (Zhipu); QuantumNous/new-api",
        r"(?:您的)?(?:账户|帐户|用户|账号|令牌|该令牌|当前账户|余额|额度|预扣费|token)[^,。，\"]{0,12}"
        r"(?:余额不足|欠费|额度不足|额度已用尽|额度失败|不足|已用尽)",
    ),
    phrase(E.CREDIT_EXHAUSTED, "docs.z.ai 1308", r"(?:您)?已达到.{0,24}(?:使用)?上限"),
)

CAPACITY = (
    phrase(E.OVERLOADED, "anthropic-overloaded-001, -004", r"overloaded\W*$"),
    phrase(E.OVERLOADED, "openai-overloaded-001", r"that model is currently overloaded with other requests"),
    phrase(
        E.OVERLOADED,
        "openai-overloaded-004; docs.z.ai 1305",
        r"(?:the|this|our) (?:server|servers|service|model|engine|api)s? (?:is|are|may be) "
        r"(?:currently |temporarily |now )?overloaded\b",
    ),
    phrase(E.OVERLOADED, "deepseek 503", r"(?:model )?(?:server|service|engine) (?:is )?overloaded\b"),
    phrase(
        E.OVERLOADED,
        "gemini-overloaded-002; azure peak load",
        r"(?:this model|the model|the system|the service) is currently experiencing high demand",
    ),
    phrase(
        E.OVERLOADED,
        "inference-docs.cerebras.ai",
        r"we(?:'re| are) (?:currently )?experiencing (?:high|heavy) (?:traffic|demand|load)",
    ),
    phrase(E.OVERLOADED, "google-gemini/gemini-cli#23520", r"no capacity (?:is )?available for model\b"),
    phrase(E.OVERLOADED, "continuedev/continue#6185", r"service tier capacity exceeded for this model"),
    phrase(
        E.OVERLOADED,
        "console.groq.com status 503, 498",
        r"(?:the model )?[`\w./:@-]+ is currently over capacity\b",
    ),
    phrase(E.OVERLOADED, "console.groq.com flex tier", r"flex tier capacity exceeded\b"),
    phrase(
        E.OVERLOADED,
        "docs.together.ai error-codes",
        r"the (?:server|service) is (?:overloaded or not ready|currently busy|at capacity)",
    ),
    phrase(E.OVERLOADED, "docs.siliconflow.cn 50603, 50505", r"(?:system is really busy|model service overloaded)"),
    phrase(E.OVERLOADED, "bedrock 503", r"too many connections, please wait before trying again"),
    phrase(
        E.OVERLOADED,
        "bedrock ModelNotReadyException",
        r"(?:the )?model (?:specified in the request )?is not ready (?:for|to serve) inference",
    ),
    phrase(
        E.OVERLOADED,
        "help.aliyun.com ModelServingError",
        r"too many requests\. your requests are being throttled due to system capacity limits",
    ),
    phrase(E.OVERLOADED, "openrouter 503", r"no instances available\b"),
    phrase(E.OVERLOADED, "llama.cpp server 503", r"loading model$"),
    phrase(
        E.OVERLOADED,
        "volcengine.com ark ServerOverloaded",
        r"the service is currently unable to handle additional requests",
    ),
    phrase(
        E.OVERLOADED,
        "Zhipu 1305; QuantumNous/new-api",
        r"(?:该模型当前访问量过大|当前分组上游负载已饱和|当前服务集群负载较高|服务器(?:繁忙|负载过高)|系统繁忙)",
    ),
)

LIMITS = (
    phrase(E.TIMEOUT, "envoy 504", r"(?:upstream request timeout|stream timeout)\b"),
    phrase(E.RATE_LIMITED, "cloudflare 1015, plain text", r"error code: 1015\b"),
    phrase(E.PERMISSION, "cloudflare 1020, plain text", r"error code: 10(?:09|10|20)\b"),
    phrase(
        E.RATE_LIMITED,
        "openrouter-rate-001",
        r"[\w./:@-]+ is temporarily rate-limited upstream\b",
    ),
    phrase(
        E.RATE_LIMITED,
        "azure-rate-002, -004",
        r"(?:requests to|your requests to) .{1,200}? have exceeded (?:the )?(?:token|call|request) rate limit",
    ),
    phrase(
        E.RATE_LIMITED,
        "docs.siliconflow.cn 429",
        r"request was rejected due to rate limiting\b",
    ),
    phrase(
        E.RATE_LIMITED,
        "aws-samples/well-architected-iac-analyzer#32",
        r"(?:too many (?:tokens|requests), please wait before trying again|your request rate is too high)",
    ),
)
