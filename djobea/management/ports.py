"""Checks and chooses TCP ports."""

import contextlib
import http.client
import socket


def port_problem(host: str, port: int) -> str:
    """Why a server cannot listen there, as a sentence; "" when it can."""
    if not 0 < port < 65536:
        return f"Port {port} is not between 1 and 65535."
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except socket.gaierror:
        return f"{host!r} is no address of this machine."
    except OSError as error:
        return f"{host}:{port} cannot be used: {error.strerror}."
    return ""


def free_port(preferred: int) -> int:
    """`preferred` if it is free on loopback, else a port that the system chooses."""
    if not port_problem("127.0.0.1", preferred):
        return preferred
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(host: str, port: int) -> bool:
    """Whether a server accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=0.5):
            return True
    except OSError:
        return False


def is_simulator(port: int) -> bool:
    """Whether a vendor simulator answers on loopback."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=2)) as connection:
        try:
            connection.request("GET", "/_sim")
            answer = connection.getresponse()
            return answer.status == 200 and b'"claude"' in answer.read(65_536)
        except (OSError, http.client.HTTPException):
            return False
