"""Pictures as the simulated models see them: the colour of a PNG's first pixel."""

import struct
import zlib

_NAMES = {(255, 0, 0): "red", (0, 128, 0): "green", (0, 0, 255): "blue", (255, 255, 255): "white", (0, 0, 0): "black"}
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def colour(picture: bytes | None) -> str:
    """The nearest of five names; "nothing" for what is no PNG of 8-bit RGB."""
    pixel = _first_pixel(picture or b"")
    if pixel is None:
        return "nothing"
    return min(_NAMES.items(), key=lambda entry: sum((a - b) ** 2 for a, b in zip(entry[0], pixel, strict=True)))[1]


def _first_pixel(picture: bytes) -> tuple[int, int, int] | None:
    if not picture.startswith(_SIGNATURE) or picture[24:26] != b"\x08\x02":
        return None
    place, data = len(_SIGNATURE), b""
    while place + 8 <= len(picture):
        length, kind = struct.unpack(">I4s", picture[place : place + 8])
        if kind == b"IDAT":
            data += picture[place + 8 : place + 8 + length]
        place += 12 + length
    try:
        line = zlib.decompress(data)[1:4]  # the first byte is the line's filter, which changes no first pixel
    except zlib.error:
        return None
    return (line[0], line[1], line[2]) if len(line) == 3 else None
