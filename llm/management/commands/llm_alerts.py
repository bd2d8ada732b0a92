"""`manage.py llm_alerts test`: sends a test alert through every channel and says what came back."""

import argparse
from datetime import UTC, datetime

from django.core.management.base import CommandParser

from llm.alerts.trial import try_channels
from llm.management.base import Error, Exit, LLMCommand
from llm.management.operator import operator
from llm.management.show import milliseconds, table
from llm.services.access.rights import OPERATE

NO_CHANNEL = "No channel is configured: set LLM_ALERT_EMAILS or LLM_ALERT_WEBHOOK_URL."


class Command(LLMCommand):
    help = "Sends a test alert through every configured channel and prints what came back. Exit code 1: one failed."
    need = OPERATE
    examples = "  manage.py llm_alerts test\n  manage.py llm_alerts test --json"

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["test"], help="What to do.")

    def run(self, options: argparse.Namespace) -> Exit:
        by = str(options.acting_user or operator("llm_alerts"))
        tested = try_channels(by=by, now=datetime.now(UTC))
        if not tested:
            raise Error(NO_CHANNEL)
        rows = [(one.channel, one.error or "delivered", milliseconds(one.duration_ms)) for one in tested]
        value = {
            "channels": [
                {"channel": one.channel, "ok": one.ok, "error": one.error or None, "duration_ms": one.duration_ms}
                for one in tested
            ]
        }
        self.show(options, value=value, text=table(("channel", "result", "time"), rows))
        return Exit.OK if all(one.ok for one in tested) else Exit.DOWN
