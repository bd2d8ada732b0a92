"""The production settings of docs/operations.md: `check --deploy` is silent, https is kept to."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

PROJECT = Path(__file__).resolve().parent.parent.parent


def production_settings() -> dict[str, str]:
    """The block of settings below *Production* in the page for operators."""
    page = (PROJECT / "docs" / "operations.md").read_text().partition("## Production")[2]
    return dict(re.findall(r"^([A-Z_]+)=(\S+)", page.partition("```sh")[2].partition("```")[0], re.MULTILINE))


def test_the_documented_settings_pass_the_deployment_check(tmp_path: Path) -> None:
    documented = production_settings()
    assert {"BEHIND_TLS_PROXY", "HSTS_SECONDS", "HTTPS_REDIRECT", "ADMIN_SECOND_FACTOR"} <= documented.keys()
    secrets = {"SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz" * 2, "LLM_SECRET_KEYS": "a-passphrase"}
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    checked = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "INFO"],
        cwd=PROJECT,
        env={**kept, **documented, **secrets, "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
    assert "no issues" in checked.stdout


@pytest.mark.django_db
def test_plain_http_is_redirected_except_for_probes(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 3600
    client = Client()
    for path in ("/admin/login/", "/api/llm/status", "/v1/models"):
        moved = client.get(path)
        assert (moved.status_code, moved["Location"]) == (301, f"https://testserver{path}")
        secure = client.get(path, secure=True)
        assert secure.status_code != 301
        assert secure["Strict-Transport-Security"] == "max-age=3600"
    for path in ("/livez", "/readyz/", "/api/llm/health"):
        assert client.get(path).status_code != 301
