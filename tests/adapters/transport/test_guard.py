"""Connections are judged by the very address that they go to: names that resolve elsewhere later, and literal ones."""

import asyncio
import socket
from asyncio.selector_events import BaseSelectorEventLoop
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from llm.adapters import AdapterConfig, build
from llm.adapters.transport import guard_urllib3
from llm.adapters.transport.guard import AddressRefused, guarded_sockets
from llm.alerts import webhook
from llm.core.addresses.judge import address_fault
from llm.core.addresses.reach import PUBLIC, TRUSTED, Reach
from llm.core.chat.request import ChatRequest, Role, message
from llm.core.failures.policy import ErrorClass, Failure, ProviderError
from tests.adapters.replay import Answer, Replay, replaying
from tests.adapters.wires import account, recorded

REQUEST = ChatRequest(messages=(message(Role.USER, "Bonjour"),))
BACKENDS = [("claude", "genai"), ("openai", "genai"), ("gemini", "genai"), ("gemini", "generativeai")]
by_backend = pytest.mark.parametrize(("kind", "backend"), BACKENDS)
NAME = "vendor.example"
PUBLIC_IP = "8.8.8.8"
OK = "Bonjour, je cherche un plombier à Douala."


class Names:
    """Answers of a resolver for NAME, each for one resolution, the last one for ever."""

    def __init__(self) -> None:
        self.answers: list[list[str]] = []
        self.asked = 0

    def next(self) -> list[str]:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """A resolver of the test. Whoever connects to PUBLIC_IP reaches loopback."""
    names, resolve = Names(), socket.getaddrinfo
    connect, create = BaseSelectorEventLoop.sock_connect, guard_urllib3.create_connection

    def getaddrinfo(host: Any, port: Any, *args: Any, **options: Any) -> Any:
        if host != NAME:
            return resolve(host, port, *args, **options)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in names.next()]

    async def sock_connect(self: Any, sock: socket.socket, address: Any) -> None:
        await connect(self, sock, ("127.0.0.1", address[1]) if address[0] == PUBLIC_IP else address)

    def create_connection(address: Any, *args: Any, **options: Any) -> Any:
        return create(("127.0.0.1", address[1]) if address[0] == PUBLIC_IP else address, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(BaseSelectorEventLoop, "sock_connect", sock_connect)
    monkeypatch.setattr(guard_urllib3, "create_connection", create_connection)
    return names


def by_name(config: AdapterConfig, reach: Reach) -> AdapterConfig:
    return replace(config, base_url=(config.base_url or "").replace("127.0.0.1", NAME), reach=reach)


async def ask(config: AdapterConfig) -> str | Failure:
    adapter = build(config)
    try:
        return (await adapter.complete(REQUEST, timeout_s=5)).text
    except ProviderError as error:
        return error.failure
    finally:
        await adapter.close()


def ask_twice(kind: str, backend: str, reach: Reach) -> tuple[list[str | Failure], Replay]:
    async def call() -> tuple[list[str | Failure], Replay]:
        async with replaying(recorded(kind, "ok")) as vendor:
            config = by_name(account(kind, vendor.url, backend=backend), reach)
            assert address_fault(config.base_url or "", reach) is None
            return [await ask(config) for _ in range(2)], vendor

    return asyncio.run(call())


@by_backend
def test_a_name_that_resolves_to_loopback_later_is_refused(kind: str, backend: str, names: Names) -> None:
    names.answers = [[PUBLIC_IP], ["127.0.0.1"]]
    (first, second), vendor = ask_twice(kind, backend, PUBLIC)
    assert first == OK
    assert isinstance(second, Failure)
    assert second.error_class is ErrorClass.PERMISSION
    assert second.message == "not connected: 127.0.0.1 is loopback, and LLM_ALLOW_PRIVATE_HOSTS does not allow it"
    assert (len(vendor.asked), names.asked) == (1, 2)


@by_backend
def test_of_several_addresses_only_allowed_ones_are_connected_to(kind: str, backend: str, names: Names) -> None:
    names.answers = [["10.0.0.1", PUBLIC_IP], ["10.0.0.1", "169.254.169.254"]]
    (first, second), vendor = ask_twice(kind, backend, PUBLIC)
    assert first == OK
    assert isinstance(second, Failure)
    assert second.error_class is ErrorClass.PERMISSION
    assert len(vendor.asked) == 1


@by_backend
def test_an_allowed_network_and_a_trusted_address_are_connected_to(kind: str, backend: str, names: Names) -> None:
    names.answers = [["127.0.0.1"]]
    for reach in (Reach(networks=(ip_network("127.0.0.0/8"),)), TRUSTED):
        answers, vendor = ask_twice(kind, backend, reach)
        assert (answers, len(vendor.asked)) == ([OK, OK], 2)


@by_backend
def test_a_literal_address_is_refused_without_a_connection(kind: str, backend: str) -> None:
    async def call() -> tuple[str | Failure, int]:
        async with replaying(recorded(kind, "ok")) as vendor:
            config = account(kind, vendor.url, backend=backend)
            return await ask(replace(config, reach=PUBLIC)), len(vendor.asked)

    failure, asked = asyncio.run(call())
    assert isinstance(failure, Failure)
    assert (failure.error_class, asked) == (ErrorClass.PERMISSION, 0)
    assert "LLM_ALLOW_PRIVATE_HOSTS" in failure.message


def test_every_form_of_an_address_is_judged_before_a_socket_is_made() -> None:
    make = guarded_sockets(PUBLIC)
    stream = (socket.SOCK_STREAM, 6, "")
    for ip in ("127.0.0.1", "169.254.169.254", "10.0.0.1"):
        with pytest.raises(AddressRefused):
            make((socket.AF_INET, *stream, (ip, 80)))
    for ip in ("::1", "::ffff:127.0.0.1", "fe80::1%2", "64:ff9b::a00:1"):
        with pytest.raises(AddressRefused):
            make((socket.AF_INET6, *stream, (ip, 80, 0, 0)))
    make((socket.AF_INET, *stream, (PUBLIC_IP, 80))).close()


def test_a_webhook_goes_where_it_may(names: Names) -> None:
    names.answers = [["127.0.0.1"]]

    async def post(vendor: Replay, reach: Reach) -> None:
        url = vendor.url.replace("127.0.0.1", NAME)
        await webhook.post(f"{url}/secret", b"{}", secret="", timestamp=1, timeout_s=5, reach=reach)

    async def call() -> int:
        async with replaying(Answer()) as vendor:
            await post(vendor, TRUSTED)
            with pytest.raises(webhook.NotPosted) as refused:
                await post(vendor, PUBLIC)
            assert str(refused.value) == (
                f"{NAME}: not connected: 127.0.0.1 is loopback, and LLM_ALLOW_PRIVATE_HOSTS does not allow it"
            )
            return len(vendor.asked)

    assert asyncio.run(call()) == 1
