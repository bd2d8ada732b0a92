"""The `llm` command, through its list of OpenAI-compatible models."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from clients.checks.checking import (
    HELLO,
    IMAGE_LINK,
    KEY,
    PLACE,
    URL,
    VENDORS,
    WEATHER,
    counted_alike,
    expect,
    pixel,
    run,
    spoke,
    stage,
    vendor_saw,
    whole,
)

COMMAND = Path(sys.executable).with_name("llm")
_temporary = tempfile.TemporaryDirectory(prefix="djobea-llm-")  # removed when the program ends
FOLDER = Path(_temporary.name)
MODELS = [
    {
        "model_id": f"djobea-{name}",
        "model_name": name,
        "api_base": f"{URL}/v1",
        "api_key_name": "djobea",
        "supports_tools": True,
        "supports_schema": True,
        "vision": True,
    }
    for name in (*VENDORS, "gpt-2")
]
WEATHER_FUNCTION = (
    'def weather(town: str) -> str:\n    "The weather in a town."\n    return f"Rain at 31 degrees in {town}"'
)


def llm(vendor: str, *words: str, key: str = KEY) -> "subprocess.CompletedProcess[str]":
    command = [str(COMMAND), "prompt", "-m", f"djobea-{vendor}", "--no-log", "--key", key, *words]
    told = {**os.environ, "LLM_USER_PATH": str(FOLDER), "PYTHONPATH": ""}
    return subprocess.run(  # noqa: S603  the command under test
        command,
        cwd=FOLDER,
        env=told,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def well(vendor: str, *words: str) -> "subprocess.CompletedProcess[str]":
    done = llm(vendor, *words)
    expect(done.returncode == 0, done.stderr.strip())
    return done


def plain(vendor: str) -> None:
    spoke(vendor, well(vendor, "--no-stream", HELLO).stdout)


def stream(vendor: str) -> None:
    done = well(vendor, "--usage", HELLO)
    spoke(vendor, done.stdout)
    asked = stage("asked", vendor=vendor)
    streamed = asked["body"].get("stream") or "streamGenerateContent" in asked["path"]
    expect(streamed, "the vendor was not asked for a stream")
    counted(vendor, done.stderr)


def counted(vendor: str, told: str) -> None:
    found = re.search(r"([\d,]+) input, ([\d,]+) output", told)
    expect(found, f"no usage in {told!r}")
    given, made = (int(number.replace(",", "")) for number in found.groups())
    counted_alike(vendor, given, made)


def tools(vendor: str) -> None:
    for how in ("--no-stream", "--td"):
        said = well(vendor, "--functions", WEATHER_FUNCTION, how, WEATHER).stdout
        expect("31 degrees" in said, f"no round trip with {how}: {said}")


def schema(vendor: str) -> None:
    for how in ((), ("--no-stream",)):
        place = json.loads(well(vendor, "--schema", "trade, town", *how, PLACE).stdout)
        expect(set(place) == {"trade", "town"}, f"not what the schema says: {place}")


def image(vendor: str) -> None:
    data, text = pixel()
    file = FOLDER / "tap.png"
    file.write_bytes(data)
    spoke(vendor, well(vendor, "-a", str(file), HELLO).stdout)
    vendor_saw(vendor, text)


def image_link(vendor: str) -> None:
    spoke(vendor, well(vendor, "-a", IMAGE_LINK, HELLO).stdout)
    vendor_saw(vendor, IMAGE_LINK)


def usage(vendor: str) -> None:
    counted(vendor, well(vendor, "--no-stream", "--usage", HELLO).stderr)


def errors(vendor: str) -> str:
    fails("401", llm(vendor, HELLO, key="djb_nobody"))
    fails("404", llm("gpt-2", HELLO))
    fails("400", llm(vendor, "-o", "logit_bias", '{"1712": -100}', HELLO))
    stage("break", vendor=vendor, fault="invalid_request")
    fails("422", llm(vendor, HELLO))
    stage("break", vendor="all", fault="credit")
    expect(well(vendor, HELLO).stdout, "no static answer")
    return "exit code 1 and the error's text; it cannot send static: false, so it gets the static answer"


def fails(status: str, done: "subprocess.CompletedProcess[str]") -> None:
    expect(done.returncode == 1, f"exit code {done.returncode} in place of 1: {done.stdout}")
    expect(status in done.stderr and "Traceback" not in done.stderr, f"no {status} in {done.stderr!r}")


def resumed(vendor: str) -> None:
    stage("break", vendor=vendor, fault="cut", chunks=2)
    whole(well(vendor, HELLO).stdout)


def cut(vendor: str) -> str:
    stage("break", vendor="all", fault="cut", chunks=2)
    done = llm(vendor, HELLO)
    expect("[simulated" in done.stdout, f"no text before the cut: {done.stdout!r}")
    expect(done.returncode == 1 and "cut off" in done.stderr, f"exit code {done.returncode}: {done.stderr!r}")
    return "prints the pieces that came, then the error; exit code 1"


(FOLDER / "extra-openai-models.yaml").write_text(json.dumps(MODELS))  # JSON is YAML
run(plain, stream, tools, schema, image, image_link, usage, errors, resumed, cut)
