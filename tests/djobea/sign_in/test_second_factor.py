"""The second factor: asked of those who have one, required of staff by ADMIN_SECOND_FACTOR."""

import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from tests.conftest import Person
from tests.djobea.sign_in.signing_in import code_of, sign_in, wrong_code

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/admin/second-factor/"


def enrol(name: str = "ada") -> dict[str, Any]:
    out = StringIO()
    call_command("second_factor", "enrol", name, "--json", stdout=out)
    value: dict[str, Any] = json.loads(out.getvalue())
    return value


def test_a_member_of_staff_sets_it_up_and_signs_in_with_it(admin: Person) -> None:
    desk = Client()
    assert sign_in(desk, admin.password).status_code == 302
    page = desk.get(PAGE)
    assert "<svg" in page.content.decode()
    assert "<script>" not in page.content.decode()
    assert page["Cache-Control"].count("no-store") == 1
    device = TOTPDevice.objects.get()
    assert not device.confirmed
    assert "wrong" in desk.post(PAGE, {"code": wrong_code(device)}).content.decode()
    assert sign_in(Client(), admin.password).status_code == 302, "an unconfirmed device asks for nothing"

    done = desk.post(PAGE, {"code": code_of(device)}).content.decode()
    recovery = re.findall(r'<code class="djb-secret">(\w+)</code>', done)
    assert len(recovery) == 10
    assert "<svg" not in desk.get(PAGE).content.decode()

    assert "Enter the code" in sign_in(Client(), admin.password).content.decode()
    assert "Enter the code" not in sign_in(Client(), "wrong").content.decode()
    assert "This code is wrong" in sign_in(Client(), admin.password, wrong_code(device)).content.decode()
    code = code_of(device)
    assert sign_in(Client(), admin.password, code).status_code == 302
    assert sign_in(Client(), admin.password, code).status_code == 200, "a code counts once"
    assert sign_in(Client(), admin.password, f" {recovery[0].upper()} ").status_code == 302
    assert sign_in(Client(), admin.password, recovery[0]).status_code == 200
    assert StaticToken.objects.count() == 9


def test_guesses_slow_the_device_down(admin: Person) -> None:
    enrol()
    device = TOTPDevice.objects.get()
    good, bad = code_of(device), wrong_code(device)
    sign_in(Client(), admin.password, bad)
    device.refresh_from_db()
    assert device.throttling_failure_count == 1
    TOTPDevice.objects.update(throttling_failure_count=12)  # as after 12 of them: 2,048 s
    assert sign_in(Client(), admin.password, good).status_code == 200


def test_the_setting_requires_it_of_staff_in_admin_and_api(admin: Person, settings: Any) -> None:
    before = Client()
    assert sign_in(before, admin.password).status_code == 302
    settings.ADMIN_SECOND_FACTOR = True
    for path in ("/api/llm/status", "/api/llm/calls"):
        assert before.get(path).status_code == 401
        assert before.get(path, headers=admin.headers).status_code == 200, "a key is no sign-in"
    assert before.get("/admin/").status_code == 302
    assert before.get(PAGE).status_code == 302
    assert "Ask an administrator" in sign_in(Client(), admin.password).content.decode()

    enrol()
    desk = Client()
    assert sign_in(desk, admin.password, code_of(TOTPDevice.objects.get())).status_code == 302
    for path in ("/admin/", "/api/llm/status", "/api/llm/calls"):
        assert desk.get(path).status_code == 200
    call_command("second_factor", "remove", "ada", stdout=StringIO())
    assert desk.get("/admin/").status_code == 302, "the session ends with the device"


def test_the_command_writes_a_picture_lists_and_refuses(admin: Person, tmp_path: Path) -> None:
    out = StringIO()
    picture = tmp_path / "ada.svg"
    call_command("second_factor", "enrol", "ada", "--svg", str(picture), stdout=out)
    assert picture.read_text().count("<svg") == 1
    assert "Recovery codes" in out.getvalue()
    out = StringIO()
    call_command("second_factor", "list", stdout=out)
    assert out.getvalue().strip() == "ada"
    for arguments, reason in (
        (["enrol", "ada"], "remove it first"),
        (["enrol", "nobody"], "no user"),
        (["remove"], "Name the user"),
    ):
        with pytest.raises(CommandError, match=reason):
            call_command("second_factor", *arguments, stdout=StringIO())
    call_command("second_factor", "remove", "ada", stdout=StringIO())
    assert not TOTPDevice.objects.exists()
    out = StringIO()
    call_command("second_factor", "enrol", "ada", stdout=out)
    assert "█" in out.getvalue()


def test_no_screen_shows_a_secret(admin: Person) -> None:
    secret = enrol()["secret"]
    device = TOTPDevice.objects.get()
    desk = Client()
    desk.force_login(admin.user)
    for path in ("", f"{device.pk}/change/", f"{device.pk}/history/"):
        page = desk.get(f"/admin/otp_totp/totpdevice/{path}").content.decode()
        assert device.key not in page
        assert secret not in page
    for path in (f"{device.pk}/config/", f"{device.pk}/qrcode/"):
        assert desk.get(f"/admin/otp_totp/totpdevice/{path}", follow=True).content.decode().count(secret) == 0
