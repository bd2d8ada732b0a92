"""Encrypts and decrypts stored secrets with `LLM_SECRET_KEYS`: vendors' keys and kept answers."""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.views.decorators.debug import sensitive_variables

from llm.conf import llm_settings

PURPOSE = b"djobea stored provider keys v1"


class SecretUnreadable(Exception):
    """None of the configured keys decrypts the stored secret. The message contains neither."""

    def __init__(self) -> None:
        super().__init__("The stored key cannot be read with the configured LLM_SECRET_KEYS.")


@sensitive_variables()
def encrypt(text: str) -> str:
    """Encrypts `text` with the first of the configured keys; returns the token to store."""
    return encrypt_bytes(text.encode())


@sensitive_variables()
def encrypt_bytes(data: bytes) -> str:
    """Encrypts bytes with the first of the configured keys; returns the token to store."""
    return _fernet().encrypt(data).decode()


@sensitive_variables()
def decrypt(token: str) -> str:
    """Decrypts `token` to text. Raises SecretUnreadable."""
    try:
        return decrypt_bytes(token).decode()
    except UnicodeError:
        raise SecretUnreadable from None


@sensitive_variables()
def decrypt_bytes(token: str) -> bytes:
    """Decrypts `token` to bytes. Raises SecretUnreadable."""
    try:
        return _fernet().decrypt(token.encode())
    except (InvalidToken, UnicodeError):
        raise SecretUnreadable from None


@sensitive_variables()
def rotate(token: str) -> str:
    """Encrypts the secret in `token` again with the first of the configured keys. Raises SecretUnreadable."""
    try:
        return _fernet().rotate(token.encode()).decode()
    except (InvalidToken, UnicodeError):
        raise SecretUnreadable from None


@sensitive_variables()
def _fernet() -> MultiFernet:
    """All keys for decryption; the first one also encrypts.

    SECRET_KEY and its fallbacks come last, even beside configured keys. So an operator who introduces
    LLM_SECRET_KEYS can still rotate the older secrets.
    """
    return _fernet_of((*llm_settings().secret_keys, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=8)
@sensitive_variables()
def _fernet_of(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_fernet_key(key)) for key in keys])


@sensitive_variables()
def _fernet_key(key: str) -> bytes:
    """Returns a Fernet key (32 bytes in url-safe base64) unchanged, else derives one from `key` (RFC 5869)."""
    try:
        if len(key) == 44 and len(base64.b64decode(key, altchars=b"-_", validate=True)) == 32:
            return key.encode()
    except ValueError:
        pass  # a passphrase of 44 characters, invalid as base64
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=PURPOSE).derive(key.encode())
    return base64.urlsafe_b64encode(derived)
