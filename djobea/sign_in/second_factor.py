"""The second factor of a user: a code of an authenticator app (TOTP, RFC 6238), and recovery codes.

A device is confirmed by its first code. From then on each sign-in of its user asks for a code.
"""

from base64 import b32encode
from typing import Any

import segno
from django.db import transaction
from django_otp import devices_for_user
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

RECOVERY_CODES = 10
APP, RECOVERY = "app", "recovery codes"
"""The names of the two devices that a user has."""


def has_second_factor(user: Any) -> bool:
    """Whether sign-ins of the user ask for a code. Blocks."""
    return any(devices_for_user(user, confirmed=True))


def matching_device(user: Any, code: str) -> Device | None:
    """The user's device that takes this code, which is then used up. None for a wrong or used one. Blocks.

    Asks only devices that make codes of this form: a failure slows a device down, each one twice as long as the last.
    """
    code = code.replace(" ", "").lower()
    kind = TOTPDevice if len(code) == 6 and code.isdigit() else StaticDevice
    with transaction.atomic():
        for device in devices_for_user(user, confirmed=True, for_verify=True):
            if isinstance(device, kind) and device.verify_token(code):
                return device
    return None


def unconfirmed_device(user: Any) -> TOTPDevice:
    """The device that the user is setting up; made when there is none. Blocks."""
    device = TOTPDevice.objects.filter(user=user, confirmed=False).first()
    return device or TOTPDevice.objects.create(user=user, name=APP, confirmed=False)


def confirm(device: TOTPDevice, code: str) -> list[str] | None:
    """Confirms the device by a code of it and returns new recovery codes; None for a wrong code. Blocks."""
    with transaction.atomic():
        locked = TOTPDevice.objects.select_for_update().get(pk=device.pk)
        if locked.confirmed or not locked.verify_token(code.replace(" ", "")):
            return None
        return activate(locked)


def activate(device: TOTPDevice) -> list[str]:
    """Makes this the user's only device, and returns its recovery codes, which are shown once. Blocks."""
    with transaction.atomic():
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        TOTPDevice.objects.filter(user=device.user).exclude(pk=device.pk).delete()
        StaticDevice.objects.filter(user=device.user).delete()
        recovery = StaticDevice.objects.create(user=device.user, name=RECOVERY)
        codes = [StaticToken.random_token() for _ in range(RECOVERY_CODES)]
        StaticToken.objects.bulk_create(StaticToken(device=recovery, token=code) for code in codes)
    return codes


def remove(user: Any) -> int:
    """Removes all devices of the user and returns their number. Blocks."""
    devices = list(devices_for_user(user, confirmed=None))
    for device in devices:
        device.delete()
    return len(devices)


def secret_of(device: TOTPDevice) -> str:
    """The device's secret as authenticator apps take it by hand."""
    return b32encode(device.bin_key).decode().rstrip("=")


def qr_code(device: TOTPDevice) -> "segno.QRCode":
    """The device's address (otpauth://) as a picture."""
    return segno.make(device.config_url, micro=False)
