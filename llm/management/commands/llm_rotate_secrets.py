"""`manage.py llm_rotate_secrets`: encrypts the stored provider keys anew, with the first of LLM_SECRET_KEYS."""

import argparse

from llm.management.base import Exit, LLMCommand
from llm.services import rotation


class Command(LLMCommand):
    help = (
        "Encrypts the provider keys in the database anew with the first of LLM_SECRET_KEYS. Put the new passphrase in "
        "front of the old one, run this, then remove the old one. Exit code 1: a key could not be read."
    )
    examples = "  LLM_SECRET_KEYS=new,old manage.py llm_rotate_secrets"

    def run(self, options: argparse.Namespace) -> Exit:
        report = rotation.rotate_provider_keys()
        text = f"Encrypted anew: {', '.join(report.rotated) or 'none, no key is stored'}."
        if report.unreadable:
            text += f"\nNot readable with any of LLM_SECRET_KEYS, left as they are: {', '.join(report.unreadable)}."
        self.show(options, value=report, text=text)
        return Exit.DOWN if report.unreadable else Exit.OK
