"""`manage.py llm_rotate_secrets`: encrypts the stored provider keys again, with the first of LLM_SECRET_KEYS."""

import argparse

from llm.management.base import Exit, LLMCommand
from llm.models import Provider
from llm.services.access.rights import Need, Right
from llm.services.providers import rotate_provider_keys


class Command(LLMCommand):
    help = (
        "Encrypts the provider keys in the database again, with the first of LLM_SECRET_KEYS. Put the new passphrase "
        "before the old one, run this, then remove the old one. Exit code 1: a key could not be decrypted."
    )
    need = Need(Right.CHANGE, Provider)
    examples = "  LLM_SECRET_KEYS=new,old manage.py llm_rotate_secrets"

    def run(self, options: argparse.Namespace) -> Exit:
        report = rotate_provider_keys()
        text = f"Encrypted again: {', '.join(report.rotated) or 'none; no key is stored'}."
        if report.unreadable:
            text += f"\nNot decryptable with any of LLM_SECRET_KEYS, so unchanged: {', '.join(report.unreadable)}."
        self.show(options, value=report, text=text)
        return Exit.DOWN if report.unreadable else Exit.OK
