"""First words about keys, rights and models: all of them faults that an operator must fix."""

from llm.core.failures.policy import ErrorClass as E
from llm.core.failures.rules.rule import phrase

AUTH = (
    phrase(
        E.AUTH,
        "anthropics/claude-code#8327",
        r"(?:this|your) (?:organization|account|workspace) has been (?:disabled|deactivated|suspended|banned)",
    ),
    phrase(
        E.AUTH,
        "openai account_deactivated",
        r"the openai account associated with this api key has been deactivated",
    ),
    phrase(E.AUTH, "anthropic-auth-003, -004", r"oauth token (?:has expired|has been revoked|is invalid)"),
    phrase(E.AUTH, "anthropic-auth-004", r"invalid (?:oauth token|x-api-key|bearer token|authentication)\b"),
    phrase(E.AUTH, "anthropic x-api-key", r"x-api-key header is required"),
    phrase(
        E.AUTH,
        "gemini-auth-001, -002",
        r"api key (?:not valid|not found|expired|invalid|is invalid|has expired)\b",
    ),
    phrase(
        E.AUTH,
        "Gemini leaked keys, 403",
        r"your api key (?:was reported as leaked|has been (?:disabled|revoked|deleted|suspended)|is invalid)",
    ),
    phrase(
        E.AUTH,
        "continuedev/continue#10902",
        r"permission denied: consumer '[^']{1,120}' has been suspended",
    ),
    phrase(E.AUTH, "Gemini without a key, 403", r"method doesn't allow unregistered callers\b"),
    phrase(E.AUTH, "openai and xai wrong key", r"incorrect api key provided\b"),
    phrase(E.AUTH, "openai no key", r"you didn't provide an api key\b"),
    phrase(E.AUTH, "openrouter 401", r"(?:no auth credentials found|user not found\.?$)"),
    phrase(E.AUTH, "azure-auth-001", r"access denied due to invalid subscription key\b"),
    phrase(
        E.AUTH,
        "azure 401",
        r"unauthorized\. access token is missing, invalid, audience is incorrect",
    ),
    phrase(
        E.AUTH,
        "bedrock 403",
        r"the (?:security token included in the request is|request signature we calculated|api key you provided is)",
    ),
    phrase(E.AUTH, "bedrock 403", r"(?:signature expired: |bearer token has expired)"),
    phrase(E.AUTH, "deepseek 401", r"authentication fails\b"),
    phrase(E.AUTH, "groq-auth-001", r"organization has been restricted\b"),
    phrase(E.AUTH, "QuantumNous/new-api", r"(?:无效的令牌|未提供令牌|该令牌已过期|该令牌状态不可用|用户已被封禁)"),
)

PERMISSION = (
    phrase(
        E.PERMISSION,
        "openai-permission-003, -004",
        r"your organization must be verified to (?:use|stream|generate)\b",
    ),
    phrase(
        E.PERMISSION,
        "openai 403",
        r"project [`'\"]?\S+ does not have access to model\b",
    ),
    phrase(
        E.PERMISSION,
        "openai 401, 403",
        r"you (?:have insufficient permissions for this operation|are not allowed to sample from this model)",
    ),
    phrase(E.PERMISSION, "openai 403", r"country, region, or territory not supported"),
    phrase(
        E.PERMISSION,
        "anthropic-permission-002",
        r"oauth authentication is currently not allowed for this organization",
    ),
    phrase(
        E.PERMISSION,
        "anthropic: credential bound to a product",
        r"this credential is only authorized for use with\b",
    ),
    phrase(
        E.PERMISSION,
        "gemini-permission-001, -003",
        r"(?:user location is not supported for the api use|gemini api free tier is not available in your country)",
    ),
    phrase(
        E.PERMISSION,
        "yym68686/uni-api#41 (Vertex)",
        r"project `?\S+ is not allowed to use publisher model\b",
    ),
    phrase(
        E.PERMISSION,
        "azure-permission-001",
        r"(?:public access is disabled\.|access denied due to virtual network/firewall rules)",
    ),
    phrase(
        E.PERMISSION,
        "azure role, 401",
        r"(?:principal does not have access to api/operation|the principal `?\S+ lacks the required data action)",
    ),
    phrase(
        E.PERMISSION,
        "openrouter-permission-002",
        r"no endpoints (?:found|available) matching your (?:guardrail|data policy|privacy)",
    ),
    phrase(
        E.PERMISSION,
        "bedrock-permission-001",
        r"you don't have access to the model with the specified model id",
    ),
    phrase(E.PERMISSION, "bedrock-permission-003", r"operation not allowed\.?$"),
    phrase(
        E.PERMISSION,
        "bedrock countries",
        r"access to \w+ models is not allowed from unsupported countries",
    ),
    phrase(
        E.PERMISSION,
        "bedrock use case form",
        r"model use case details have not been submitted for this account",
    ),
    phrase(
        E.PERMISSION,
        "aws-samples/anthropic-on-aws#252",
        r"model access is denied due to iam user or service role is not authorized",
    ),
    phrase(
        E.PERMISSION,
        "aws-samples/sample-badgers#33",
        r"user: arn:aws\S* is not authorized to perform\b",
    ),
    phrase(
        E.PERMISSION,
        "bedrock account",
        r"your account is not authorized to invoke this api operation",
    ),
    phrase(E.PERMISSION, "QuantumNous/new-api", r"(?:该令牌无权|令牌无权|无权使用|无权访问)"),
)

MODEL = (
    phrase(
        E.MODEL_NOT_FOUND,
        "gemini-model-001",
        r"models/[\w.:-]+ is not (?:found|supported|available)\b",
    ),
    phrase(
        E.MODEL_NOT_FOUND,
        "openai-model-002; azure; vLLM",
        r"(?:the )?(?:requested |provided |selected )?model:? [`'\"]?[\w./:@-]{1,120}[`'\"]?,? "
        r"(?:does not exist|not found|is not found|has been (?:deprecated|decommissioned|retired|shut down)"
        r"|is (?:deprecated|retired|no longer available|currently unavailable))",
    ),
    phrase(
        E.MODEL_NOT_FOUND,
        "Gemini retired models, 404",
        r"this model (?:models/)?[\w./:@-]{1,120} is no longer available\b",
    ),
    phrase(E.MODEL_NOT_FOUND, "anthropic-model-001", r"model: [\w./:@-]{1,120}$", statuses=(400, 404)),
    phrase(E.MODEL_NOT_FOUND, "openrouter 400", r"[\w./:@-]{1,120} is not a valid model id\b"),
    phrase(
        E.INVALID_REQUEST,
        "openrouter: no endpoint with that feature",
        r"no endpoints found that (?:support|can handle)\b",
        portable=True,
    ),
    phrase(E.MODEL_NOT_FOUND, "openrouter-model-001", r"no endpoints found for\b"),
    phrase(
        E.MODEL_NOT_FOUND,
        "openrouter 404",
        r"no allowed providers are available for the selected model",
    ),
    phrase(
        E.MODEL_NOT_FOUND,
        "azure DeploymentNotFound",
        r"the api deployment for this resource does not exist",
    ),
    phrase(
        E.MODEL_NOT_FOUND,
        "azure OperationNotSupported",
        r"the \w+ operation does not work with the specified model\b",
    ),
    phrase(
        E.MODEL_NOT_FOUND,
        "bedrock-model-001; anthropics/claude-code#1466",
        r"(?:the provided model identifier is invalid|could not resolve the foundation model from)",
    ),
    phrase(
        E.MODEL_NOT_FOUND,
        "anthropics/claude-code#1466",
        r"invocation of model id \S+ with on-demand throughput isn't supported",
    ),
    phrase(
        E.MODEL_NOT_FOUND,
        "bedrock end of life",
        r"this model version has reached the end of its life",
    ),
    phrase(
        E.MODEL_NOT_FOUND,
        "UKGovernmentBEIS/inspect_ai#2194 (Vertex)",
        r"[\w.@-]+ is not supported in the \w+ api\b",
    ),
    phrase(
        E.MODEL_NOT_FOUND,
        "vertex 404",
        r"publisher model `?\S+ (?:was not found|is not found|not found|is not servable)",
    ),
    phrase(
        E.MODEL_NOT_FOUND,
        "docs.together.ai; Fireworks",
        r"(?:unable to access (?:non-serverless )?model\b|model not found, inaccessible, and/or not deployed)",
    ),
    phrase(
        E.MODEL_NOT_FOUND,
        "deepseek; Mistral; GitHub Models",
        r"(?:model not exist|invalid model(?: name)?:? [\w./:@-]{1,120}$|unknown model: |unavailable model: )",
    ),
    phrase(E.MODEL_NOT_FOUND, "docs.siliconflow.cn 20012", r"model does not exist\. please check it"),
    phrase(
        E.MODEL_NOT_FOUND,
        "QuantumNous/new-api, 503",
        r"(?:当前分组 \S+ 下对于模型 \S+ 无可用渠道|no available channel for model \S+ under group)",
    ),
    phrase(E.MODEL_NOT_FOUND, "openai-url-002", r"invalid url \((?:GET|POST) /\S+\)"),
)
