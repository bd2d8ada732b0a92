"""The aiohttp transport under the SDKs: what httpx2's own transport would do, it does too."""

import asyncio
import gzip
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from llm.adapters import build
from llm.adapters.transport.client import new_client, timeouts
from llm.core.addresses.reach import TRUSTED
from llm.core.chat.request import ChatRequest, Role, message
from llm.core.failures.policy import ErrorClass, Failure, ProviderError
from tests.adapters.replay import Answer, Replay, replaying
from tests.adapters.wires import account, recorded

REQUEST = ChatRequest(messages=(message(Role.USER, "Bonjour"),))
KINDS = ("claude", "gemini", "openai")
by_kind = pytest.mark.parametrize("kind", KINDS)


def against(answer: Answer, use: Callable[[httpx2.AsyncClient, Replay], Awaitable[httpx2.Response]]) -> httpx2.Response:
    """One use of a client against one recorded answer."""

    async def call() -> httpx2.Response:
        async with replaying(answer) as vendor, new_client(TRUSTED) as client:
            return await use(client, vendor)

    return asyncio.run(call())


def complete(kind: str, answer: Answer) -> str | Failure:
    async def call() -> str | Failure:
        async with replaying(answer) as vendor:
            adapter = build(account(kind, vendor.url))
            try:
                return (await adapter.complete(REQUEST, timeout_s=5)).text
            except ProviderError as error:
                return error.failure
            finally:
                await adapter.close()

    return asyncio.run(call())


@by_kind
def test_a_compressed_answer_is_unpacked(kind: str) -> None:
    plain = recorded(kind, "ok")
    packed = replace(plain, body=gzip.compress(plain.body), headers={**plain.headers, "content-encoding": "gzip"})
    assert complete(kind, packed) == "Bonjour, je cherche un plombier à Douala."


@by_kind
def test_an_answer_that_lies_about_its_compression_is_a_bad_response(kind: str) -> None:
    plain = recorded(kind, "ok")
    found = complete(kind, replace(plain, headers={**plain.headers, "content-encoding": "gzip"}))
    assert isinstance(found, Failure)
    assert found.error_class is ErrorClass.BAD_RESPONSE


@by_kind
def test_long_headers_are_taken(kind: str) -> None:
    plain = recorded(kind, "ok")
    policy = {"content-security-policy": "default-src " + "x" * 20_000}
    assert complete(kind, replace(plain, headers={**plain.headers, **policy})) == (
        "Bonjour, je cherche un plombier à Douala."
    )


def test_a_path_is_sent_as_it_was_encoded() -> None:
    async def use(client: httpx2.AsyncClient, vendor: Replay) -> httpx2.Response:
        response = await client.get(f"{vendor.url}/v1/a%2Fb%20c?q=%C3%A9&r=1+2")
        assert vendor.asked[0].path == "/v1/a%2Fb%20c?q=%C3%A9&r=1+2"
        return response

    assert against(Answer(body=b"{}"), use).status_code == 200


def test_only_the_callers_own_headers_go_out() -> None:
    async def use(client: httpx2.AsyncClient, vendor: Replay) -> httpx2.Response:
        response = await client.post(vendor.url, content=b"{}", headers={"user-agent": "ours", "x-key": "k"})
        sent = vendor.asked[0].headers
        assert (sent["user-agent"], sent["x-key"], sent["content-length"]) == ("ours", "k", "2")
        assert "content-type" not in sent
        return response

    against(Answer(body=b"{}"), use)


def test_cookies_of_one_call_do_not_come_back_through_the_pool() -> None:
    async def use(client: httpx2.AsyncClient, vendor: Replay) -> httpx2.Response:
        await client.get(vendor.url)
        client.cookies.clear()
        response = await client.get(vendor.url)
        assert "cookie" not in vendor.asked[1].headers
        return response

    against(Answer(headers={"set-cookie": "edge=1"}, body=b"{}"), use)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(reset=True), httpx2.ReadError),
        (Answer(silent=True), httpx2.ReadTimeout),
        (Answer(body=b"half", length=100), httpx2.RemoteProtocolError),
        (Answer(body=b"half", length=100, hang=True), httpx2.ReadTimeout),
    ],
    ids=["reset", "silent", "cut", "stalled"],
)
def test_failures_keep_their_httpx2_names(answer: Answer, expected: type[Exception]) -> None:
    async def use(client: httpx2.AsyncClient, vendor: Replay) -> httpx2.Response:
        with pytest.raises(expected):
            await client.get(vendor.url, timeout=timeouts(0.2 if expected is httpx2.ReadTimeout else 20, 20))
        return httpx2.Response(200)

    against(answer, use)


@by_kind
def test_a_certificate_that_nobody_vouches_for_is_refused(kind: str, tmp_path: Path) -> None:
    async def call() -> tuple[Failure, int]:
        heard = 0

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal heard
            heard += len(await reader.read())
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=self_signed(tmp_path))
        port = server.sockets[0].getsockname()[1]
        adapter = build(account(kind, f"https://127.0.0.1:{port}"))
        with pytest.raises(ProviderError) as raised:
            await adapter.complete(REQUEST, timeout_s=5)
        await adapter.close()
        server.close()
        return raised.value.failure, heard

    failure, heard = asyncio.run(call())
    assert failure.error_class is ErrorClass.CONNECTION
    assert "certificate" in failure.message.lower()
    assert heard == 0


def self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "self-signed.pem"
    pem, no_password = serialization.Encoding.PEM, serialization.NoEncryption()
    path.write_bytes(
        certificate.public_bytes(pem) + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, no_password)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
