"""Masking replaces everything that looks like a credential."""

import pytest

from llm.core.failures.masking import mask_addresses, mask_secrets


@pytest.mark.parametrize(
    "secret",
    [
        "sk-ant-api03-abcdefghijkl",
        "sk-proj-abcdefghijkl_mnop",
        "sk-abcde***************wxyz",
        "AIzaSyAbm0123456789",
        "gsk_abcdefghijklmnop",
        "xai-abcdefghijklmnop",
        "hf_abcdefghijklmnop",
        "AKIAIOSFODNN7EXAMPLE",
        "ya29.a0AfH6SMBx",
        "eyJhbGciOiJIUzI1.eyJzdWIiOiIx.sflKxwRJ",
    ],
)
def test_a_known_form_of_key_is_masked_wherever_it_stands(secret: str) -> None:
    assert mask_secrets(f"Wrong key <{secret}>.").startswith("Wrong key <***")
    assert secret not in mask_secrets(f"'api_key:{secret}' has been suspended")


@pytest.mark.parametrize(
    "text",
    [
        "Bearer 0123456789abcdef",
        "authorization: bearer 0123456789abcdef",
        "?key=0123456789abcdef",
        "api_key: 'x'?api_key=0123456789abcdef",
    ],
)
def test_a_labelled_value_is_masked(text: str) -> None:
    assert "0123456789abcdef" not in mask_secrets(text)


@pytest.mark.parametrize(
    "text",
    [
        "This request requires more credits, or fewer max_tokens.",
        "prompt is too long: 208310 tokens > 200000 maximum",
        "Invalid 'temperature': decimal below minimum value.",
        "model: claude-3-5-haiku-latest",
    ],
)
def test_ordinary_sentences_stay_as_they_are(text: str) -> None:
    assert mask_secrets(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see https://platform.openai.com/docs/errors.", "see https://platform.openai.com/docs/errors."),
        ("POST http://10.0.0.5:8000/v1/chat failed", "POST *** failed"),
        ("at http://vllm:8000/v1/chat/completions: bad", "at *** bad"),
        ("at (http://[::1]:8000/v1)", "at (***)"),
        ("at http://ada:secret@example.com/x", "at ***"),
        ("HTTPConnectionPool(host='169.254.169.254', port=80)", "HTTPConnectionPool(host='***', port=80)"),
        ("upstream 127.0.0.1:8000 said no", "upstream *** said no"),
        ("dial tcp [fd12::7]:443: refused", "dial tcp ***: refused"),
        ("from db-1.prod.internal:5432", "from ***"),
        ("localhost:8080 refused", "*** refused"),
        ("resolver 8.8.8.8 said no", "resolver 8.8.8.8 said no"),
        ("messages.0.content: an internal error at 12:30:45", "messages.0.content: an internal error at 12:30:45"),
        ("max_tokens: 4096 > 2048, version 1.2.3", "max_tokens: 4096 > 2048, version 1.2.3"),
        ("Stay at home. A private::method", "Stay at home. A private::method"),
    ],
)
def test_addresses_that_are_not_public_are_masked(text: str, shown: str) -> None:
    assert mask_addresses(text) == shown
