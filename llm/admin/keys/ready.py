"""Ready lines for a new key: curl and SDKs, with address, key and model filled in."""

from dataclasses import dataclass

from llm.models import ConsumerKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """`name` is the client's own name."""

    name: str
    text: str


def ready_lines(key: ConsumerKey, secret: str, address: str) -> list[Lines]:
    """`address`: this server's, without a slash at the end. The model is the first route that the key may ask."""
    names = [name for name in key.routes if not set("*?") & set(name)]
    model = names[0] if names else "default"
    return [
        Lines(
            name="curl",
            text=(
                f"curl -sS {address}/v1/chat/completions \\\n"
                f'  -H "Authorization: Bearer {secret}" -H "Content-Type: application/json" \\\n'
                f'  -d \'{{"model": "{model}", "messages": [{{"role": "user", "content": "Bonjour"}}]}}\''
            ),
        ),
        Lines(
            name="OpenAI, Python",
            text=(
                "from openai import OpenAI\n\n"
                f'client = OpenAI(base_url="{address}/v1", api_key="{secret}")\n'
                f'answer = client.chat.completions.create(model="{model}", '
                'messages=[{"role": "user", "content": "Bonjour"}])\n'
                "print(answer.choices[0].message.content)"
            ),
        ),
        Lines(
            name="Anthropic, Python",
            text=(
                "from anthropic import Anthropic\n\n"
                f'client = Anthropic(base_url="{address}", api_key="{secret}")\n'
                f'answer = client.messages.create(model="{model}", max_tokens=1024, '
                'messages=[{"role": "user", "content": "Bonjour"}])\n'
                "print(answer.content[0].text)"
            ),
        ),
        Lines(
            name="OpenAI, JavaScript",
            text=(
                'import OpenAI from "openai";\n\n'
                f'const client = new OpenAI({{ baseURL: "{address}/v1", apiKey: "{secret}" }});\n'
                "const answer = await client.chat.completions.create({ "
                f'model: "{model}", messages: [{{ role: "user", content: "Bonjour" }}] }});\n'
                "console.log(answer.choices[0].message.content);"
            ),
        ),
    ]
