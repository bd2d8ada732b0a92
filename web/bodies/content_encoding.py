"""Undoes the Content-Encoding of a request body (RFC 9110, section 8.4), within a bound on what comes out."""

import io
import zlib
from collections.abc import Callable

import brotli
import zstandard

from web.errors import ApiError

MOST_CODINGS = 3
"""Encodings applied one after the other. Real clients apply one."""
CHUNK = 65_536


class _Broken(Exception):
    """The body is not what its encoding says."""


def decoded(body: bytes, codings: str, *, longest: int | None) -> bytes:
    """The body without its encodings. `codings` is the header's value, `longest` the bound in bytes.

    Decoding stops at the bound, so a small body cannot fill the memory. Raises ApiError: 400 for a body that is not
    what the header says, 413 beyond the bound, 415 for an unknown encoding.
    """
    names = [name for coding in codings.split(",") if (name := coding.strip().lower())]
    if len(names) > MOST_CODINGS:
        raise ApiError(415, message=f"At most {MOST_CODINGS} content encodings are taken, not {len(names)}.")
    for name in reversed(names):
        decode = DECODERS.get(name)
        if decode is None:
            message = f"The content encoding {name[:40]!r} is not known; send {', '.join(ADVERTISED)}."
            raise ApiError(415, message=message, headers={"Accept-Encoding": ", ".join(ADVERTISED)})
        try:
            body = decode(body, longest)
        except (_Broken, zlib.error, brotli.error, zstandard.ZstdError):
            raise ApiError(400, "invalid_body", f"The body is not valid {name}.") from None
        if longest is not None and len(body) > longest:
            raise ApiError(413)
    return body


def _gzip(body: bytes, longest: int | None) -> bytes:
    """All members of a gzip file."""
    out = io.BytesIO()
    while body:
        member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        out.write(member.decompress(body, _room(out, longest)))
        if _is_beyond(out, longest):
            break
        if not member.eof:
            raise _Broken
        body = member.unused_data.lstrip(b"\0")
    return out.getvalue()


def _deflate(body: bytes, longest: int | None) -> bytes:
    """zlib's format, as RFC 9110 says, or bare deflate, which some clients send under the same name."""
    if not body:
        return b""
    try:
        return _inflate(body, longest, zlib.MAX_WBITS)
    except zlib.error:
        return _inflate(body, longest, -zlib.MAX_WBITS)


def _inflate(body: bytes, longest: int | None, window: int) -> bytes:
    stream = zlib.decompressobj(window)
    content = stream.decompress(body, 0 if longest is None else longest + 1)
    if not stream.eof and (longest is None or len(content) <= longest):
        raise _Broken
    return content


def _brotli(body: bytes, longest: int | None) -> bytes:
    stream, out = brotli.Decompressor(), io.BytesIO()
    piece = stream.process(body, output_buffer_limit=CHUNK)
    while piece and not _is_beyond(out, longest):
        out.write(piece)
        piece = b"" if stream.is_finished() else stream.process(b"", output_buffer_limit=CHUNK)
    if body and not stream.is_finished() and not _is_beyond(out, longest):
        raise _Broken
    return out.getvalue()


def _zstd(body: bytes, longest: int | None) -> bytes:
    """All frames. Frames that want a window above 8 MiB, the bound of RFC 9659, are refused."""
    unpacker = zstandard.ZstdDecompressor(max_window_size=8 * 1024 * 1024)
    if longest is not None:
        content = unpacker.stream_reader(io.BytesIO(body), read_across_frames=True).read(longest + 1)
        if len(content) > longest:
            return content
    # The reader above keeps the bound but takes a cut body for a whole one; this one is the other way about.
    out = io.BytesIO()
    while body:
        frame = unpacker.decompressobj()
        out.write(frame.decompress(body))
        if not frame.eof:
            raise _Broken
        body = frame.unused_data
    return out.getvalue()


def _room(out: io.BytesIO, longest: int | None) -> int:
    """How much more may come out, one byte beyond the bound; 0 means without a bound, as zlib has it."""
    return 0 if longest is None else longest + 1 - out.tell()


def _is_beyond(out: io.BytesIO, longest: int | None) -> bool:
    return longest is not None and out.tell() > longest


ADVERTISED = ("gzip", "deflate", "br", "zstd")
DECODERS: dict[str, Callable[[bytes, int | None], bytes]] = {
    "identity": lambda body, _: body,
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
