import pytest
from cryptography.fernet import Fernet

from llm.stores.secrets import SecretUnreadable, decrypt, encrypt, rotate

KEY = "sk-ant-very-secret"


@pytest.fixture
def keys(settings):
    def use(*names: str) -> None:
        settings.LLM = {**settings.LLM, "SECRET_KEYS": list(names)}

    return use


def test_an_encrypted_text_can_be_decrypted_and_is_absent_from_the_token(keys):
    keys("a passphrase")
    token = encrypt(KEY)
    assert decrypt(token) == KEY
    assert KEY not in token


def test_the_same_text_never_gives_the_same_token(keys):
    keys("a passphrase")
    assert encrypt(KEY) != encrypt(KEY)


def test_a_real_fernet_key_is_used_as_it_is(keys):
    fernet_key = Fernet.generate_key()
    keys(fernet_key.decode())
    assert Fernet(fernet_key).decrypt(encrypt(KEY).encode()).decode() == KEY


def test_a_passphrase_of_a_fernet_keys_length_is_no_fernet_key(keys):
    keys("44 characters, and yet this is a passphrase!")
    assert decrypt(encrypt(KEY)) == KEY


def test_the_first_key_encrypts_and_all_decrypt(keys):
    keys("old")
    token = encrypt(KEY)
    keys("new", "old")
    assert decrypt(token) == KEY
    fresh = encrypt(KEY)
    keys("new")
    assert decrypt(fresh) == KEY
    with pytest.raises(SecretUnreadable):
        decrypt(token)


def test_rotating_moves_a_secret_to_the_first_key(keys):
    keys("old")
    token = encrypt(KEY)
    keys("new", "old")
    rotated = rotate(token)
    keys("new")
    assert decrypt(rotated) == KEY


def test_rotating_what_cannot_be_read_raises(keys):
    keys("old")
    token = encrypt(KEY)
    keys("new")
    with pytest.raises(SecretUnreadable):
        rotate(token)


def test_without_keys_the_secret_key_serves(keys, settings):
    keys()
    token = encrypt(KEY)
    assert decrypt(token) == KEY
    settings.SECRET_KEY = "another secret key " * 4
    with pytest.raises(SecretUnreadable):
        decrypt(token)


def test_what_the_secret_key_encrypted_can_be_rotated_to_the_first_own_key(keys, settings):
    keys()
    token = encrypt(KEY)
    keys("first own key")
    rotated = rotate(token)
    settings.SECRET_KEY = "another secret key " * 4
    assert decrypt(rotated) == KEY


@pytest.mark.parametrize("token", ["", "garbage", "é", "gAAAAA=="])
def test_garbage_is_unreadable_and_absent_from_the_error(keys, token):
    keys("a passphrase")
    with pytest.raises(SecretUnreadable) as caught:
        decrypt(token)
    assert "passphrase" not in str(caught.value)
    assert caught.value.__cause__ is None
