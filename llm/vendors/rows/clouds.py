"""Models in an account at a cloud. Each fact has its source beside it; read in November 2026."""

from llm.vendors.preset import Preset
from llm.vendors.quirks import LimitField, Quirks

CLOUDS = (
    Preset(
        name="azure",
        label="Azure OpenAI",
        address="https://{resource}.openai.azure.com/openai/v1",
        hints={"resource": "The name of the Azure OpenAI resource."},
        key_variable="AZURE_OPENAI_API_KEY",
        quirks=Quirks(limit_field=LimitField.MAX_COMPLETION_TOKENS, key_header="api-key", models=None),
        price_id="azure",
        residency="The region of the resource, or the zone of its deployment.",
        note="The model is the name of your deployment, which says nothing of the model behind it.",
        sources=(
            "https://learn.microsoft.com/en-us/azure/ai-services/openai/api-version-deprecation",  # the v1 address
            "https://learn.microsoft.com/en-in/azure/ai-services/openai/reference",  # api-key
        ),
    ),
    Preset(
        name="vertex",
        label="Google Vertex AI",
        address="https://aiplatform.googleapis.com/v1/projects/{project}/locations/{location}/endpoints/openapi",
        hints={"project": "The id of the Google Cloud project.", "location": "A location such as global."},
        key_variable="VERTEX_ACCESS_TOKEN",
        quirks=Quirks(limit_field=LimitField.MAX_TOKENS, models=None),
        price_id="google",
        residency="The location in the address.",
        note="The key is an access token, which expires. Models are named google/gemini-….",
        sources=(
            "https://docs.cloud.google.com/vertex-ai/generative-ai/docs/multimodal/call-vertex-using-openai-library",
            "https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/grok/capabilities/reasoning",
        ),
    ),
    Preset(
        name="bedrock",
        label="Amazon Bedrock",
        address="https://bedrock-runtime.{region}.amazonaws.com/openai/v1",
        hints={"region": "An AWS region such as us-west-2."},
        key_variable="AWS_BEARER_TOKEN_BEDROCK",
        quirks=Quirks(models=None),
        price_id="aws",
        residency="The region in the address.",
        note="The key is an Amazon Bedrock API key. Only chat completions are served, without a list of models.",
        sources=(
            "https://docs.aws.amazon.com/bedrock/latest/userguide/inference-chat-completions.html",
            "https://docs.aws.amazon.com/bedrock/latest/userguide/inference-responses-api.html",
        ),
    ),
    Preset(
        name="bedrock-mantle",
        label="Amazon Bedrock (Mantle)",
        address="https://bedrock-mantle.{region}.api.aws/v1",
        hints={"region": "An AWS region such as us-east-1."},
        key_variable="AWS_BEARER_TOKEN_BEDROCK",
        price_id="aws",
        residency="The region in the address.",
        note="The key is an Amazon Bedrock API key. Some models are served under /openai/v1 in place of /v1.",
        sources=("https://docs.aws.amazon.com/bedrock/latest/userguide/inference-chat-completions-mantle.html",),
    ),
)
