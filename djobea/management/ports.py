"""Whether a port can be had, and which one is free. Not who holds it."""

import socket


def trouble_with(host: str, port: int) -> str:
    """Why nothing can listen there, as a sentence; "" when all is well."""
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


def free_port(wanted: int) -> int:
    """`wanted` if it is free on loopback, else one that the system chooses."""
    if not trouble_with("127.0.0.1", wanted):
        return wanted
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(host: str, port: int) -> bool:
    """Whether something accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=0.5):
            return True
    except OSError:
        return False
