"""What the tests of the sign-in share."""

from typing import Any

from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

LOGIN = "/admin/login/"


def sign_in(client: Client, password: str, code: str = "", *, name: str = "ada", **headers: str) -> Any:
    return client.post(LOGIN, {"username": name, "password": password, "code": code}, headers=headers)


def code_of(device: TOTPDevice) -> str:
    """The device's code of this moment; a code that was used counts again."""
    device.refresh_from_db()
    device.last_t = -1
    device.throttle_reset(commit=False)
    device.save()
    return f"{totp(device.bin_key, device.step, device.t0, device.digits, device.drift):06d}"


def wrong_code(device: TOTPDevice) -> str:
    """A code that none of the steps near this moment has."""
    near = {totp(device.bin_key, t0=step * device.step) for step in range(-5, 6)}
    return next(f"{number:06d}" for number in range(100) if number not in near)
