"""Answers that do not come from a vendor's API but from what stands before it: proxies' pages, redirects,
rubbish, and replayed bodies."""

import json
from collections.abc import Callable, Mapping

from llm.simulator.faults.catalogue import Fault, FaultName
from llm.simulator.http.exchange import JSON_TYPE, SSE_TYPE, Operation, Vendor, WireAnswer, WireRoute

_HTML_TYPE = "text/html; charset=UTF-8"
_CLOUDFLARE = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
    "<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n"
)
_GOOGLE = (
    "<!DOCTYPE html>\n<html lang=en>\n<title>Error 502 (Server Error)!!1</title>\n"
    "<p><b>502.</b> <ins>That’s an error.</ins>\n"
    "<p>The server encountered a temporary error and could not complete your request."
    "<p>Please try again in 30 seconds.\n"
)
_BAD_GATEWAY = {Vendor.CLAUDE: _CLOUDFLARE, Vendor.OPENAI: _CLOUDFLARE, Vendor.GEMINI: _GOOGLE}
_PORTAL = (
    "<!doctype html><html><head><title>Sign in</title></head><body><h1>Please sign in to the network</h1></body></html>"
)
_RUBBISH = {"": b'{"foo":1}', "list": b"[1,2]", "truncated": b'{"id":"x","choices":[{"mess'}
_NOWHERE = "http://127.0.0.1:1"


def _garbage(fault: Fault, vendor: Vendor, route: WireRoute, path: str) -> WireAnswer:
    body = _RUBBISH[fault.variant]
    if route.ask is Operation.STREAM and not route.as_array:
        return WireAnswer(content_type=SSE_TYPE, body=b"data: " + body + b"\n\n")
    return WireAnswer(body=b"[" + body + b"]" if route.as_array else body)


def _replayed(fault: Fault, vendor: Vendor, route: WireRoute, path: str) -> WireAnswer:
    text = fault.body if isinstance(fault.body, str) else "" if fault.body is None else json.dumps(fault.body)
    guess = (
        JSON_TYPE if not isinstance(fault.body, str) else _HTML_TYPE if text.lstrip().startswith("<") else "text/plain"
    )
    kept = {name: value for name, value in fault.headers.items() if not name.startswith(":")}
    content_type = next((value for name, value in kept.items() if name.lower() == "content-type"), guess)
    return WireAnswer(status=fault.status or 200, content_type=content_type, headers=kept, body=text.encode())


def _redirect(fault: Fault, vendor: Vendor, route: WireRoute, path: str) -> WireAnswer:
    return WireAnswer(status=fault.status or 307, headers={"location": fault.url or _NOWHERE + path})


_ANSWERS: Mapping[FaultName, Callable[[Fault, Vendor, WireRoute, str], WireAnswer]] = {
    FaultName.BAD_GATEWAY: lambda fault, vendor, route, path: WireAnswer(
        status=fault.status or 502, content_type=_HTML_TYPE, body=_BAD_GATEWAY[vendor].encode()
    ),
    FaultName.HTML: lambda fault, vendor, route, path: WireAnswer(
        status=fault.status or 200, content_type=_HTML_TYPE, body=_PORTAL.encode()
    ),
    FaultName.EMPTY_BODY: lambda fault, vendor, route, path: WireAnswer(
        status=fault.status or 200, content_type=SSE_TYPE if route.ask is Operation.STREAM else JSON_TYPE
    ),
    FaultName.GARBAGE_JSON: _garbage,
    FaultName.REDIRECT: _redirect,
    FaultName.BODY: _replayed,
}


def edge_answer(fault: Fault, vendor: Vendor, route: WireRoute, path: str) -> WireAnswer | None:
    """None when the fault is not of this kind."""
    make = _ANSWERS.get(fault.name)
    return make(fault, vendor, route, path) if make else None
