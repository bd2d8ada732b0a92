"""`manage.py second_factor`: sets up, removes and lists second factors where the admin's page cannot be reached."""

import argparse
from io import StringIO
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandParser
from django_otp.plugins.otp_totp.models import TOTPDevice

from djobea.sign_in import second_factor
from llm.management.base import Error, Exit, LLMCommand


class Command(LLMCommand):
    help = "Set up, remove and list the second factors of sign-ins."
    examples = (
        "  manage.py second_factor enrol ada --svg ada.svg\n"
        "  manage.py second_factor remove ada\n"
        "  manage.py second_factor list"
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["enrol", "remove", "list"])
        parser.add_argument("user", nargs="?", metavar="USER", help="the user's name")
        parser.add_argument("--svg", metavar="FILE", help="write the QR code to a file in place of the terminal")

    def run(self, options: argparse.Namespace) -> Exit:
        if options.action == "list":
            self._list(options)
            return Exit.OK
        if not options.user:
            raise Error(f"Name the user: manage.py second_factor {options.action} USER")
        user = get_user_model().objects.filter(username=options.user).first()
        if user is None:
            raise Error(f"There is no user {options.user}.")
        if options.action == "remove":
            removed = second_factor.remove(user)
            self.show(options, value={"removed": removed}, text=f"{removed} devices of {options.user} removed.")
        else:
            self._enrol(options, user)
        return Exit.OK

    def _list(self, options: argparse.Namespace) -> None:
        devices = TOTPDevice.objects.filter(confirmed=True).order_by("user__username")
        names = list(devices.values_list("user__username", flat=True))
        self.show(options, value={"users": names}, text="\n".join(names) or "No user has a second factor.")

    def _enrol(self, options: argparse.Namespace, user: Any) -> None:
        if second_factor.has_second_factor(user):
            raise Error(f"{options.user} has a second factor; remove it first.")
        device = second_factor.unconfirmed_device(user)
        picture = second_factor.qr_code(device)
        if options.svg:
            try:
                picture.save(options.svg, kind="svg", scale=5, border=2, light="white")
            except OSError as error:
                raise Error(f"{options.svg} cannot be written: {error.strerror}.") from error
        elif not options.json:
            drawing = StringIO()
            picture.terminal(out=drawing, compact=True)
            self.stdout.write(drawing.getvalue())
        codes = second_factor.activate(device)
        secret = second_factor.secret_of(device)
        lines = [
            f"Secret for the authenticator app: {secret}",
            "Recovery codes, each good for one sign-in:",
            *codes,
        ]
        value = {"address": device.config_url, "secret": secret, "recovery_codes": codes}
        self.show(options, value=value, text="\n".join(lines))
