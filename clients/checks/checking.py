"""The frame of a check program: checks by feature, run once a vendor, a line of JSON each. Standard library only."""

import base64
import json
import os
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

URL = os.environ["DJOBEA_URL"]
KEY = os.environ["DJOBEA_KEY"]
STAGE = os.environ["STAGE_URL"]
VENDORS = ("claude", "gemini", "openai")

HELLO = "My tap is leaking in Bonapriso"
WEATHER = "Use the tool named weather for Douala."
PLACE = "Where is the customer? Answer with the trade and the town."
PLACE_SCHEMA = {
    "type": "object",
    "properties": {"trade": {"type": "string"}, "town": {"type": "string"}},
    "required": ["trade", "town"],
    "additionalProperties": False,
}
IMAGE_LINK = f"{STAGE}/tap.png"

CLOCK_S = 1.0
"""What passes between a refusal and the call that waits, at most."""

Check = Callable[[str], str | None]


def stage(action: str, **words: object) -> Any:
    """Asks the stage; see its module."""
    with urllib.request.urlopen(f"{STAGE}/{action}?{urlencode(words)}", timeout=60) as answer:  # noqa: S310  loopback
        return json.loads(answer.read())


def pixel() -> tuple[bytes, str]:
    """The image's bytes, and the same in base64."""
    with urllib.request.urlopen(IMAGE_LINK, timeout=60) as answer:  # noqa: S310  loopback
        data: bytes = answer.read()
    return data, base64.b64encode(data).decode()


def vendor_saw(vendor: str, text: str) -> None:
    """Fails unless the vendor's last request held the text."""
    expect(text in json.dumps(stage("asked", vendor=vendor)["body"]), f"{vendor} was not sent {text[:60]}")


def expect(holds: object, otherwise: str) -> None:
    """Like assert, but with a message that the table can show."""
    if not holds:
        raise AssertionError(otherwise)


def spoke(vendor: str, text: str | None) -> None:
    """Fails unless this is an answer of that simulated vendor."""
    name = {"claude": "Claude", "gemini": "Gemini", "openai": "OpenAI"}[vendor]
    expect(text and f"[simulated {name}]" in text, f"not an answer of {vendor}: {text!r}")


def whole(text: str | None) -> None:
    """Fails unless this answer has its beginning and its end."""
    expect(text and text.startswith("[simulated") and text.rstrip().endswith("suit you?"), f"not whole: {text!r}")


def counted_alike(vendor: str, given: int | None, made: int | None) -> None:
    """Fails unless the client's numbers of tokens are the vendor's own."""
    own = stage("counted", vendor=vendor)
    expect(own == {"input": given, "output": made}, f"the client says {given} and {made}, the vendor {own}")


def raises(kind: type[BaseException] | tuple[type[BaseException], ...], do: Callable[[], object]) -> Any:
    """The exception that `do` ends with; fails when it ends well. Any other exception passes."""
    try:
        given = do()
    except kind as error:
        return error
    raise AssertionError(f"no error, but {given!r}")


def run(*checks: Check, once: Sequence[Check] = ()) -> None:
    """Runs every check for every vendor, with all vendors well at its start, and prints how it ended.

    A check's name is its feature's. Those of `once`, about the gateway itself, are run once: with Claude, and without
    a vendor's name in their result.
    """
    planned = [(vendor, check, vendor) for vendor in VENDORS for check in checks]
    for vendor, check, shown in [*planned, *((VENDORS[0], check, "") for check in once)]:
        feature = check.__name__.replace("_", " ")
        stage("heal")
        outcome, note = _ended(check, vendor)
        print(json.dumps({"vendor": shown, "feature": feature, "outcome": outcome, "note": note}), flush=True)
    stage("heal")


def waited_as_told(refused: Any, ask: Callable[[], object]) -> str:
    """Fails unless `ask`, with a client's own retries, is answered no sooner than `refused` had told; says so."""
    told, began = int(refused.response.headers["retry-after"]), time.monotonic()
    ask()
    waited = time.monotonic() - began
    expect(waited >= told - CLOCK_S, f"told to wait {told} s, it waited {waited:.1f} s")
    return f"raises {type(refused).__name__}; with its own retries it waits as told ({told} s) and is answered"


def _ended(check: Check, vendor: str) -> tuple[str, str]:
    try:
        return "pass", check(vendor) or ""
    except Exception as error:  # noqa: BLE001  whatever a client raises is what the table is to show
        print(f"{sys.argv[0]}: {vendor}: {type(error).__name__}: {error}", file=sys.stderr)
        return "FAIL", f"{type(error).__name__}: {error}"[:400]
