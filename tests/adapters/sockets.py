"""What a pair of sockets can hold: a vendor gets rid of these bytes although nobody reads them."""

from pathlib import Path

_LINUX = Path("/proc/sys/net/ipv4")
_ELSEWHERE = 8 * 1024 * 1024
"""Bytes: macOS's `kern.ipc.maxsockbuf`."""


def held_by_sockets() -> int:
    """Bytes at the most, of the sender's and the receiver's buffers. Linux lets both grow with what is sent."""
    if not _LINUX.is_dir():
        return _ELSEWHERE
    return sum(int((_LINUX / name).read_text().split()[2]) for name in ("tcp_rmem", "tcp_wmem"))
