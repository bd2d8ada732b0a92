"""Runs the check programs and the page's snippets, each in its client's own environment, and reads how they ended."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clients.features import Feature, FeatureOutcome, Result
from clients.product import Product
from clients.snippets import ROOT, Snippet, of_the_page

HERE = ROOT / "clients"
PYTHON = ROOT / ".venv-clients" / "bin" / "python"
SIMULATED = ("[simulated ", "simulé]")
"""One of them stands in every answer that a simulated vendor gave."""
SORRY = ("no answer:", "broken off:", "not the whole answer")
"""What the page's snippets print, and do not fail by, when something went wrong."""
PATIENCE_S = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """`name` is its heading in docs/clients.md; `program` its checks, "" when only its snippets are run."""

    name: str
    program: str = ""

    @property
    def javascript(self) -> bool:
        return self.program.endswith(".mjs")


CLIENTS = (
    Client(name="curl"),
    Client(name="OpenAI SDK, Python", program="openai_sdk.py"),
    Client(name="OpenAI SDK, JavaScript", program="openai_sdk.mjs"),
    Client(name="Anthropic SDK, Python", program="anthropic_sdk.py"),
    Client(name="Anthropic SDK, JavaScript", program="anthropic_sdk.mjs"),
    Client(name="LangChain", program="langchain_chat.py"),
    Client(name="Vercel AI SDK", program="vercel_ai.mjs"),
    Client(name="pydantic-ai", program="pydantic_agent.py"),
    Client(name="llm", program="llm_command.py"),
)


def results_of(client: Client, product: Product) -> Iterator[Result]:
    """All results of one client: its snippets' first, then its program's."""
    missing = missing_for(client)
    if missing:
        yield _result(client, Feature.SNIPPET, FeatureOutcome.SKIPPED, missing)
        return
    yield _snippets(client, product)
    if client.program:
        yield from _checks(client, product)


def missing_for(client: Client) -> str:
    """What keeps this client from being run on this machine, "" when nothing does."""
    if client.javascript and shutil.which("node") is None:
        return "node is not installed"
    if client.javascript and not (HERE / "node_modules").is_dir():
        return "its packages are not installed: npm was not found"
    if client.name == "curl" and shutil.which("curl") is None:
        return "curl is not installed"
    return ""


def _snippets(client: Client, product: Product) -> Result:
    mine = [snippet for snippet in of_the_page() if snippet.client == client.name]
    if not mine:
        return _result(client, Feature.SNIPPET, FeatureOutcome.FAIL, "docs/clients.md has none under this heading")
    for snippet in mine:
        if trouble := trouble_of(snippet, product.environment, python=PYTHON):
            return _result(client, Feature.SNIPPET, FeatureOutcome.FAIL, f"line {snippet.line}: {trouble}")
    return _result(client, Feature.SNIPPET, FeatureOutcome.PASS)


def trouble_of(snippet: Snippet, variables: dict[str, str], *, python: Path) -> str:
    """Runs a snippet as it stands on the page; "" when it ends well and prints a simulated vendor's answer."""
    commands = {
        "sh": ["bash", "-euo", "pipefail", "-s"],
        "python": [str(python), "-"],
        "js": ["node", "--input-type=module", "-"],
    }
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    with tempfile.TemporaryDirectory(prefix="djobea-snippet-") as folder:
        done = subprocess.run(  # noqa: S603  this project's own page
            commands[snippet.language],
            input=snippet.code,
            cwd=HERE,  # where node finds the packages
            # The llm command's own files stay as they are.
            env={**os.environ, **variables, "PATH": path, "PYTHONPATH": "", "LLM_USER_PATH": folder},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    if done.returncode:
        return f"exit code {done.returncode}: {done.stderr.strip()[-400:]}"
    if any(word in done.stdout for word in SORRY):
        return f"it prints {done.stdout[-400:]!r}"
    if not any(word in done.stdout for word in SIMULATED):
        return f"no vendor's answer in {done.stdout[-400:]!r}"
    return ""


def _checks(client: Client, product: Product) -> Iterator[Result]:
    path = HERE / "checks" / client.program
    command = ["node", str(path)] if client.javascript else [str(PYTHON), "-m", f"clients.checks.{path.stem}"]
    done = subprocess.run(  # noqa: S603  our own programs
        command,
        cwd=ROOT,
        env={**os.environ, **product.environment},
        stdout=subprocess.PIPE,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    for line in done.stdout.splitlines():
        result = json.loads(line)
        yield Result(
            client=client.name,
            vendor=result["vendor"],
            feature=Feature(result["feature"]),
            outcome=FeatureOutcome(result["outcome"]),
            note=result["note"],
        )
    if done.returncode:
        print(f"{client.program} ended with {done.returncode}", file=sys.stderr)
        yield _result(client, Feature.PLAIN, FeatureOutcome.FAIL, f"the program ended with exit code {done.returncode}")


def _result(client: Client, feature: Feature, outcome: FeatureOutcome, note: str = "") -> Result:
    return Result(client=client.name, vendor="", feature=feature, outcome=outcome, note=note)
