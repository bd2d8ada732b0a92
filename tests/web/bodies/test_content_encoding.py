"""Compressed request bodies: known encodings are undone, within a bound on what comes out."""

import gzip
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import suppress

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from web.bodies.content_encoding import decoded
from web.errors import ApiError

LONGEST = 200_000


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


def zstd_without_size(body: bytes) -> bytes:
    packer = zstandard.ZstdCompressor().compressobj()
    return packer.compress(body) + packer.flush()


PACKERS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("x-gzip", gzip.compress),
    "two gzip members": ("gzip", lambda body: gzip.compress(body[:5]) + gzip.compress(body[5:])),
    "deflate": ("deflate", zlib.compress),
    "bare deflate": ("deflate", raw_deflate),
    "brotli": ("br", brotli.compress),
    "zstd": ("zstd", zstandard.compress),
    "zstd without a size": ("zstd", zstd_without_size),
    "two zstd frames": ("zstd", lambda body: zstandard.compress(body[:5]) + zstd_without_size(body[5:])),
    "identity": ("identity", lambda body: body),
}
each_packer = pytest.mark.parametrize(("coding", "pack"), PACKERS.values(), ids=list(PACKERS))


def refusal(body: bytes, codings: str, longest: int = LONGEST) -> ApiError:
    with pytest.raises(ApiError) as caught:
        decoded(body, codings, longest=longest)
    return caught.value


@each_packer
@given(st.binary(max_size=2_000))
def test_what_was_packed_comes_out(coding: str, pack: Callable[[bytes], bytes], body: bytes) -> None:
    assert decoded(pack(body), coding, longest=LONGEST) == body
    assert decoded(pack(body), coding, longest=None) == body


@each_packer
def test_a_body_at_the_bound_is_taken_and_one_beyond_it_is_not(coding: str, pack: Callable[[bytes], bytes]) -> None:
    assert len(decoded(pack(bytes(LONGEST)), coding, longest=LONGEST)) == LONGEST
    assert refusal(pack(bytes(LONGEST + 1)), coding).status == 413


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_small_body_cannot_fill_the_memory(coding: str) -> None:
    packed = next(pack for name, pack in PACKERS.values() if name == coding)(bytes(64 * 1024 * 1024))
    tracemalloc.start()
    try:
        assert refusal(packed, coding).status == 413
        assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("codings", ["gzip, br", "deflate,  GZIP ,identity", " br , zstd "])
def test_encodings_are_undone_from_the_last_to_the_first(codings: str) -> None:
    body = b'{"model": "default"}'
    packed = body
    for coding in codings.split(","):
        packed = next(pack for name, pack in PACKERS.values() if name == coding.strip().lower())(packed)
    assert decoded(packed, codings, longest=LONGEST) == body


@pytest.mark.parametrize("codings", ["compress", "lz4", "gzip, snappy", "text/plain"])
def test_an_unknown_encoding_is_a_415_that_names_it_and_the_known_ones(codings: str) -> None:
    error = refusal(b"x", codings)
    assert error.status == 415
    assert repr(codings.rpartition(", ")[2]) in error.message
    assert error.headers["Accept-Encoding"] == "gzip, deflate, br, zstd"


def test_a_long_chain_of_encodings_is_refused() -> None:
    assert refusal(b"x", "gzip, gzip, gzip, gzip").status == 415


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
@pytest.mark.parametrize("damage", ["other bytes", "cut", "cut early"])
def test_a_body_that_is_not_what_its_header_says_is_a_400(coding: str, damage: str) -> None:
    packed = next(pack for name, pack in PACKERS.values() if name == coding)(bytes(range(256)) * 20)
    body = {"other bytes": b'{"model": "default"}', "cut": packed[:-3], "cut early": packed[:5]}[damage]
    error = refusal(body, coding)
    assert (error.status, error.code) == (400, "invalid_body")
    assert coding in error.message


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_an_api_error(coding: str, body: bytes) -> None:
    with suppress(ApiError):
        assert len(decoded(body, coding, longest=LONGEST)) <= LONGEST
