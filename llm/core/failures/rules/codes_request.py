"""Machine codes that decide alone about the request, the model's answer and the vendor's limits of time."""

from llm.core.failures.policy import ErrorClass as E
from llm.core.failures.rules.rule import by_code, code

DECISIVE_REQUEST = by_code(
    (
        # Filters
        code(
            E.CONTENT_FILTERED,
            "openai error-codes page; azure-filter-003",
            "content_policy_violation",
            "moderation_blocked",
            "content_filter",
            "content_filter_error",
        ),
        code(
            E.CONTENT_FILTERED,
            "azure-filter-003",
            "responsibleaipolicyviolation",
            "contentpolicyviolationerror",
        ),
        code(E.CONTENT_FILTERED, "docs.z.ai api-code", "1301"),
        code(E.CONTENT_FILTERED, "platform.minimax.io errorcode", "minimax:1026", "minimax:1027"),
        code(
            E.CONTENT_FILTERED,
            "help.aliyun.com model-studio error-code",
            "datainspectionfailed",
            "data_inspection_failed",
        ),
        code(
            E.CONTENT_FILTERED,
            "volcengine.com ark error codes",
            "sensitivecontentdetected",
            "inputtextsensitivecontentdetected",
            "outputtextsensitivecontentdetected",
            "inputimagesensitivecontentdetected",
        ),
        code(
            E.CONTENT_FILTERED,
            "QuantumNous/new-api error codes",
            "sensitive_words_detected",
            "prompt_blocked",
        ),
        code(E.CONTENT_FILTERED, "openai cyber policy (gpt-5.5)", "cyber_policy_violation", "cyber_policy"),
        # Length
        code(
            E.CONTEXT_LENGTH,
            "openai error-codes page",
            "context_length_exceeded",
            "context_window_exceeded",
            "contextwindowexceedederror",
            "model_context_window_exceeded",
            "max_context_length_exceeded",
        ),
        code(
            E.CONTEXT_LENGTH,
            "GitHub Models; llama.cpp; Mistral",
            "tokens_limit_reached",
            "exceed_context_size_error",
            "3051",
        ),
        # The model's own output failed
        code(
            E.BAD_RESPONSE,
            "groq-badresp-001",
            "tool_use_failed",
            "json_validate_failed",
            "output_parse_failed",
        ),
        code(E.BAD_RESPONSE, "QuantumNous/new-api error codes", "empty_response", "bad_response_body"),
        # Models and routes
        code(
            E.MODEL_NOT_FOUND,
            "groq-model-002",
            "model_decommissioned",
            "model_deprecated",
            "modeldeprecated",
            "model_not_active",
        ),
        code(
            E.MODEL_NOT_FOUND,
            "learn.microsoft.com azure openai",
            "deploymentnotfound",
            "deployment_not_found",
            "unknown_model",
            "unavailable_model",
        ),
        code(E.MODEL_NOT_FOUND, "docs.mistral.ai, code 1500", "invalid_model", "1500"),
        code(E.MODEL_NOT_FOUND, "docs.z.ai api-code", "1211", "1221", "1222"),
        code(E.MODEL_NOT_FOUND, "docs.siliconflow.cn error codes", "20012", "30003"),
        code(E.MODEL_NOT_FOUND, "docs.together.ai error-codes", "model_not_available"),
        code(
            E.MODEL_NOT_FOUND,
            "help.aliyun.com model-studio error-code",
            "modelnotfound",
            "model.notfound",
            "model_not_supported",
        ),
        code(
            E.MODEL_NOT_FOUND,
            "volcengine.com ark error codes",
            "invalidendpointormodel.notfound",
            "invalidendpointormodel",
            "modelnotopen",
        ),
        # Transient limits
        code(E.RATE_LIMITED, "docs.z.ai api-code", "1302", "1303", "1313"),
        code(
            E.RATE_LIMITED,
            "platform.minimax.io errorcode",
            "minimax:1002",
            "minimax:1039",
            "minimax:1041",
            "minimax:2045",
        ),
        code(
            E.RATE_LIMITED,
            "help.aliyun.com model-studio error-code",
            "throttling",
            "throttling.ratequota",
            "throttling.burstrate",
            "throttling.allocationquota",
            "limit_requests",
            "limit_burst_rate",
        ),
        code(E.RATE_LIMITED, "platform.moonshot.ai errors", "rate_limit_reached_error"),
        # Time and faults
        code(E.TIMEOUT, "docs.aws.amazon.com bedrock InvokeModel", "modeltimeoutexception"),
        code(E.TIMEOUT, "platform.minimax.io errorcode", "minimax:1001", "minimax:2066"),
        code(
            E.TIMEOUT,
            "help.aliyun.com model-studio error-code",
            "requesttimeout",
            "responsetimeout",
            "internalerror.timeout",
        ),
        code(
            E.SERVER_ERROR,
            "platform.minimax.io errorcode",
            "minimax:1000",
            "minimax:1013",
            "minimax:1024",
            "minimax:1033",
        ),
        code(E.SERVER_ERROR, "docs.z.ai api-code", "1120", "1230", "1234"),
        code(
            E.SERVER_ERROR,
            "docs.aws.amazon.com bedrock InvokeModel",
            "modelerrorexception",
            "modelstreamerrorexception",
        ),
        code(E.SERVER_ERROR, "help.aliyun.com model-studio error-code", "internalerror.algo", "modelservicefailed"),
        # What only this vendor or model refuses
        code(
            E.INVALID_REQUEST,
            "openai error-codes: unsupported parameters of reasoning models",
            "unsupported_parameter",
            "unsupported_value",
            "unknown_parameter",
            portable=True,
        ),
        code(
            E.INVALID_REQUEST,
            "BerriAI/litellm UnsupportedParamsError",
            "unsupportedparamserror",
            portable=True,
        ),
        code(E.INVALID_REQUEST, "platform.minimax.io errorcode", "minimax:1042"),
        code(E.INVALID_REQUEST, "docs.z.ai api-code", "1212", "1213", "1214", "1215"),
    )
)
