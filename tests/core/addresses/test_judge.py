"""Addresses in every form that a resolver or an HTTP client understands, and what is said of each."""

from ipaddress import ip_address

import pytest

from llm.core.addresses.judge import AddressFault, address_fault
from llm.core.addresses.reach import PUBLIC, TRUSTED, Reach, read_private_hosts
from llm.core.addresses.scope import Scope

PUBLIC_ADDRESSES = [
    "https://api.anthropic.com",
    "https://api.openai.com/v1",
    "HTTPS://API.Mistral.AI/v1/",
    "https://llm.example.com:8443/openai/v1",
    "https://api.example.com.",
    "https://bücher.example/v1",
    "https://xn--bcher-kva.example/v1",
    "https://my_models.example.com",
    "http://8.8.8.8",
    "http://8.8.8.8./v1",
    "http://134744072",
    "http://0x08080808",
    "http://010.8.8.8",
    "http://8.8.2056",
    "http://[2606:4700:4700::1111]/v1",
    "http://[::ffff:8.8.8.8]",
    "http://[64:ff9b::8.8.8.8]",
    "http://[2002:808:808::1]",
    "http://172.32.0.1",
    "http://192.169.0.1",
    "http://100.128.0.1",
]

PRIVATE_ADDRESSES = [
    # loopback
    "http://127.0.0.1",
    "http://127.0.0.1:4850/v1",
    "http://127.255.255.254",
    "http://localhost",
    "http://LOCALHOST.:80",
    "http://vendor.localhost",
    "http://[::1]",
    "http://[0:0:0:0:0:0:0:1]/v1",
    "http://0.0.0.0",
    "http://0",
    "http://[::]",
    # other spellings of IPv4
    "http://2130706433",
    "http://0x7f000001",
    "http://0X7F000001",
    "http://017700000001",
    "http://0177.0.0.1",
    "http://0x7f.0.0.1",
    "http://127.1",
    "http://127.0.1",
    "http://0x7f.1",
    "http://127.0.0.1.",
    "http://１２７.０.０.１",
    "http://127。0。0。1",
    "http://①②⑦.0.0.1",
    "http://ⓛocalhost",
    # clouds' metadata
    "http://169.254.169.254/latest/meta-data",
    "http://2852039166",
    "http://0xa9fea9fe",
    "http://0251.0376.0251.0376",
    "http://[fd00:ec2::254]",
    "http://metadata.google.internal/computeMetadata/v1",
    "http://100.100.100.200",
    "http://168.63.129.16",
    "http://192.0.0.192",
    # IPv4 inside IPv6
    "http://[::ffff:127.0.0.1]",
    "http://[::ffff:a9fe:a9fe]",
    "http://[::127.0.0.1]",
    "http://[::8.8.8.8]",
    "http://[::ffff:0:127.0.0.1]",
    "http://[64:ff9b::10.0.0.1]",
    "http://[64:ff9b:1::1]",
    "http://[2002:7f00:1::1]",
    "http://[2002:a9fe:a9fe::]",
    "http://[2001:0:808:808::1]",
    # private, link-local, shared, multicast, reserved
    "http://10.0.0.5",
    "http://172.16.0.1",
    "http://172.31.255.255",
    "http://192.168.1.1",
    "http://100.64.0.1",
    "http://198.18.0.1",
    "http://192.0.2.1",
    "http://198.51.100.7",
    "http://203.0.113.9",
    "http://224.0.0.1",
    "http://239.255.255.250",
    "http://240.0.0.1",
    "http://255.255.255.255",
    "http://[fe80::1]",
    "http://[fec0::1]",
    "http://[fc00::1]",
    "http://[fd12:3456::1]",
    "http://[ff02::1]",
    "http://[2001:db8::1]",
    "http://[3fff::1]",
    "http://[4000::1]",
    "http://[100::1]",
    # names that only a private network resolves
    "http://vllm:8000/v1",
    "http://printer.local",
    "http://db.corp",
    "http://nas.home.arpa",
    "http://router.lan",
    "http://llm.default.svc.cluster.local",
]

MALFORMED = [
    ("", AddressFault.SCHEME),
    ("nothing", AddressFault.SCHEME),
    ("//api.example.com", AddressFault.SCHEME),
    ("ftp://files.example.com", AddressFault.SCHEME),
    ("file:///etc/passwd", AddressFault.SCHEME),
    ("gopher://127.0.0.1:6379/_INFO", AddressFault.SCHEME),
    ("javascript:alert(1)", AddressFault.SCHEME),
    ("https://ada:secret@api.example.com", AddressFault.CREDENTIALS),
    ("https://api.example.com@127.0.0.1", AddressFault.CREDENTIALS),
    ("https://api.example.com?key=1", AddressFault.QUERY),
    ("https://api.example.com/v1#there", AddressFault.QUERY),
    ("https://api.example.com\r\nX-Injected: 1", AddressFault.CHARACTERS),
    ("https://api.exam\tple.com", AddressFault.CHARACTERS),
    ("https://api.example.com/a b", AddressFault.CHARACTERS),
    (" https://api.example.com", AddressFault.CHARACTERS),
    ("https://api.example.com\x00", AddressFault.CHARACTERS),
    ("https://api.example.com\u200b", AddressFault.CHARACTERS),
    ("https://api.example.com\\@127.0.0.1", AddressFault.CHARACTERS),
    ("https://api.example.com/é", AddressFault.CHARACTERS),
    ("https://", AddressFault.HOST),
    ("https://:443", AddressFault.HOST),
    ("https://.", AddressFault.HOST),
    ("https://api..example.com", AddressFault.HOST),
    ("https://api.example.com:0", AddressFault.HOST),
    ("https://api.example.com:65536", AddressFault.HOST),
    ("https://api.example.com:http", AddressFault.HOST),
    ("https://127%2e0.0.1", AddressFault.HOST),
    ("https://-api.example.com", AddressFault.HOST),
    ("https://[::1", AddressFault.HOST),
    ("https://[::1]x", AddressFault.HOST),
    ("https://[:::1]", AddressFault.HOST),
    ("https://[fe80::1%25eth0]", AddressFault.HOST),
    ("https://256.0.0.1", AddressFault.HOST),
    ("https://1.2.3.4.5", AddressFault.HOST),
    ("https://08.0.0.1", AddressFault.HOST),
    ("https://4294967296", AddressFault.HOST),
    ("https://api.example.0x", AddressFault.HOST),
    (f"https://{'a' * 64}.example.com", AddressFault.HOST),
    (f"https://{'a.' * 130}com", AddressFault.HOST),
]


@pytest.mark.parametrize("url", PUBLIC_ADDRESSES)
def test_a_public_address_is_accepted(url: str) -> None:
    assert address_fault(url, PUBLIC) is None


@pytest.mark.parametrize("url", PRIVATE_ADDRESSES)
def test_an_address_that_is_not_public_is_refused_unless_it_is_trusted(url: str) -> None:
    assert address_fault(url, PUBLIC) is AddressFault.PRIVATE
    assert address_fault(url, TRUSTED) is None


@pytest.mark.parametrize(("url", "fault"), MALFORMED)
def test_a_malformed_address_is_refused_also_when_it_is_trusted(url: str, fault: AddressFault) -> None:
    assert address_fault(url, PUBLIC) is fault
    assert address_fault(url, TRUSTED) is fault


ALLOWED = read_private_hosts(
    ["10.1.0.0/16", "fd00:1::/32", "127.0.0.1", "vllm", "GPU.example.internal.", ".models.lan", "*.cluster.local"]
)


@pytest.mark.parametrize(
    ("url", "host", "allowed"),
    [
        ("http://10.1.2.3", "10.1.2.3", True),
        ("http://10.2.2.3", "10.2.2.3", False),
        ("http://0x0a010203", "0x0a010203", True),
        ("http://[::ffff:10.1.2.3]", "::ffff:10.1.2.3", True),
        ("http://[fd00:1::5]", "fd00:1::5", True),
        ("http://[fd00:2::5]", "fd00:2::5", False),
        ("http://127.0.0.1:11434/v1", "127.0.0.1", True),
        ("http://localhost:11434/v1", "localhost", True),
        ("http://127.0.0.2", "127.0.0.2", False),
        ("http://[::1]", "::1", False),
        ("http://vllm:8000/v1", "vllm", True),
        ("http://gpu.example.internal/v1", "gpu.example.internal", True),
        ("http://a.models.lan", "a.models.lan", True),
        ("http://a.svc.cluster.local", "a.svc.cluster.local", True),
        ("http://169.254.169.254", "169.254.169.254", False),
        # It may lie in an allowed network: the connection tells.
        ("http://printer.local", "printer.local", True),
    ],
)
def test_the_deployment_allows_hosts_suffixes_and_networks(url: str, host: str, allowed: bool) -> None:
    assert (address_fault(url, ALLOWED.reach(host)) is None) is allowed


def test_only_an_allowed_name_may_resolve_to_anything() -> None:
    assert ALLOWED.reach("vllm") is TRUSTED
    assert ALLOWED.reach("a.models.lan") is TRUSTED
    assert ALLOWED.reach("models.lan").anywhere is False
    assert ALLOWED.reach("xvllm").anywhere is False
    reach = ALLOWED.reach("printer.local")
    assert reach.refuses(ip_address("10.1.0.9")) is None
    assert reach.refuses(ip_address("8.8.8.8")) is None
    assert reach.refuses(ip_address("192.168.0.9")) is Scope.PRIVATE
    assert Reach().refuses(ip_address("169.254.169.254")) is Scope.LINK_LOCAL


@pytest.mark.parametrize(
    "word", ["http://vllm", "vllm:8000", "10.0.0.0/33", "10.0.0.999", "0x7f.1", "a b", "", "*", "."]
)
def test_a_wrong_word_of_the_setting_is_named(word: str) -> None:
    with pytest.raises(ValueError, match=r".*") as caught:
        read_private_hosts(["vllm", word])
    assert caught.value.args == (word,)
