"""Asks the control API of a simulator in another process of this machine."""

import json
from http.client import HTTPConnection, HTTPException
from typing import Any

TIMEOUT_S = 3.0


class Unreachable(Exception):
    """No simulator answers there, or it refuses; the message says what happened."""


def control(port: int, method: str, path: str, body: str = "") -> dict[str, Any]:
    """The answer of `/_sim` + `path` on 127.0.0.1. Raises Unreachable."""
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request(method, f"/_sim{path}", body=body.encode())
        answer = connection.getresponse()
        value = json.loads(answer.read())
    except (OSError, HTTPException, ValueError) as error:
        raise Unreachable(type(error).__name__) from None
    finally:
        connection.close()
    if answer.status != 200 or not isinstance(value, dict):
        raise Unreachable(f"HTTP {answer.status}")
    return value
