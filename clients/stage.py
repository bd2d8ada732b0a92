"""What the check programs may ask for beside the product: vendors that break, a vendor's own count, an image.

A small HTTP server on loopback, so that Python and JavaScript programs need one request for it each.
"""

import base64
import json
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""The smallest PNG: one red pixel."""

KEY_HEADERS = {"claude": "x-api-key", "gemini": "x-goog-api-key", "openai": "authorization"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """`vendors_url`: the simulator. `product_url` with a staff member's key, for resetting the circuits."""

    vendors_url: str
    product_url: str
    admin_key: str

    def broken(self, vendor: str, fault: Mapping[str, Any]) -> dict[str, Any]:
        """Every later request to this vendor (`all`: to any) meets the fault."""
        _request("POST", f"{self.vendors_url}/_sim/{vendor}/fault", fault)
        return {}

    def heal(self) -> dict[str, Any]:
        """All vendors well, all circuits closed, no limit and no budget."""
        _request("DELETE", f"{self.vendors_url}/_sim/all/fault")
        self._operate("POST", "reset-failures", {})
        for table in ("limits", "budgets"):
            for row in self._operate("GET", table)[table]:
                self._operate("DELETE", f"{table}/{row['name']}")
        return {}

    def limited(self, requests_per_minute: int) -> dict[str, Any]:
        """At most so many requests a minute from now on."""
        self._operate("POST", "limits", {"name": "stage", "requests_per_minute": requests_per_minute})
        return {}

    def spent(self) -> dict[str, Any]:
        """A budget in which nothing is left."""
        self._operate("POST", "budgets", {"name": "stage", "usd": 0, "span": "month"})
        return {}

    def _operate(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        bearer = {"Authorization": f"Bearer {self.admin_key}"}
        return _request(method, f"{self.product_url}/api/llm/{path}", body, bearer)

    def asked(self, vendor: str) -> dict[str, Any]:
        """The last request for an answer that the vendor got: `path`, `body` and more."""
        seen = _request("GET", f"{self.vendors_url}/_sim/{vendor}/requests")["requests"]
        last: dict[str, Any] = [request for request in seen if request["ask"] in ("plain", "stream")][-1]
        return last

    def counted(self, vendor: str) -> dict[str, int]:
        """`input` and `output` tokens by the vendor's own count: it is asked the last request once more, directly."""
        last = self.asked(vendor)
        body = {name: value for name, value in last["body"].items() if name not in ("stream", "stream_options")}
        path = urlsplit(last["path"]).path.replace(":streamGenerateContent", ":generateContent")
        url = f"{self.vendors_url}{path}" if path.startswith(f"/{vendor}/") else f"{self.vendors_url}/{vendor}{path}"
        key = "Bearer simulated-key" if vendor == "openai" else "simulated-key"
        answer = _request("POST", url, body, {KEY_HEADERS[vendor]: key, "anthropic-version": "2023-06-01"})
        return COUNTS[vendor](answer)


def _openai_count(answer: Mapping[str, Any]) -> dict[str, int]:
    return {"input": answer["usage"]["prompt_tokens"], "output": answer["usage"]["completion_tokens"]}


def _claude_count(answer: Mapping[str, Any]) -> dict[str, int]:
    return {"input": answer["usage"]["input_tokens"], "output": answer["usage"]["output_tokens"]}


def _gemini_count(answer: Mapping[str, Any]) -> dict[str, int]:
    told = answer["usageMetadata"]
    return {
        "input": told["promptTokenCount"],
        "output": told["candidatesTokenCount"] + told.get("thoughtsTokenCount", 0),
    }


COUNTS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, int]]] = {
    "claude": _claude_count,
    "gemini": _gemini_count,
    "openai": _openai_count,
}


def _request(method: str, url: str, body: Mapping[str, Any] | None = None, headers: Mapping[str, str] = {}) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(  # noqa: S310  loopback
        url, data=data, method=method, headers={"Content-Type": "application/json", **headers}
    )
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310  loopback
        return json.loads(response.read() or b"{}")


class _Server(ThreadingHTTPServer):
    def __init__(self, stage: Stage) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.stage = stage


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        words = dict(parse_qsl(parts.query))
        match parts.path:
            case "/tap.png":
                self._send("image/png", PIXEL)
            case "/break":
                self._json(self.server.stage.broken(words.pop("vendor"), words))
            case "/limited":
                self._json(self.server.stage.limited(int(words["requests"])))
            case "/spent":
                self._json(self.server.stage.spent())
            case "/heal":
                self._json(self.server.stage.heal())
            case "/asked":
                self._json(self.server.stage.asked(words["vendor"]))
            case "/counted":
                self._json(self.server.stage.counted(words["vendor"]))
            case _:
                self.send_error(404)

    def do_HEAD(self) -> None:
        """The image's head, for clients that look at its type before they send its link."""
        self._head("image/png", len(PIXEL))

    def _json(self, value: Mapping[str, Any]) -> None:
        self._send("application/json", json.dumps(value).encode())

    def _send(self, kind: str, body: bytes) -> None:
        self._head(kind, len(body))
        self.wfile.write(body)

    def _head(self, kind: str, length: int) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the table is the output."""


@contextmanager
def serving(stage: Stage) -> Iterator[str]:
    """The stage on a free port; its origin."""
    server = _Server(stage)
    thread = threading.Thread(target=server.serve_forever, name="stage", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
