"""Free TCP ports for the servers of tests."""

import secrets
import socket

FIRST, LAST = 20_000, 32_000
"""Below what Linux and macOS give to outgoing connections: one of those may take a port before its server does."""


def free_port() -> int:
    """A port of loopback that nobody uses, by chance: several test processes choose at one time."""
    while True:
        port = FIRST + secrets.randbelow(LAST - FIRST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
