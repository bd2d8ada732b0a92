"""`manage.py llm_demo`: plays a failover in the terminal, on a temporary database and simulated vendors."""

import argparse

from django.core.management.base import CommandParser

from llm.drills.sandbox import run_in_sandbox, simulated_vendors
from llm.management.base import Exit, LLMCommand
from llm.management.story import Story, StoryBroken


class Command(LLMCommand):
    needs_database = False
    help = (
        "Plays a failover: Claude runs out of credit, Gemini takes over, all vendors fail, Claude recovers. Uses "
        "simulated vendors and a temporary database, which it deletes. Exit code 1: a step failed."
    )
    examples = "  manage.py llm_demo\n  NO_COLOR=1 manage.py llm_demo > story.txt"

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)

    def run(self, options: argparse.Namespace) -> Exit:
        return self.play(options) if options.inside else self.run_in_sandbox(options)

    def run_in_sandbox(self, options: argparse.Namespace) -> Exit:
        """Runs this command again in a process with a temporary database and without keys."""
        arguments = ["llm_demo", "--inside"]
        arguments += [f"--{name.replace('_', '-')}" for name in ("json", "no_color") if getattr(options, name)]
        return Exit.OK if run_in_sandbox(arguments) == 0 else Exit.DOWN

    def play(self, options: argparse.Namespace) -> Exit:
        with simulated_vendors() as simulator:
            story = Story(simulator, (lambda _: None) if options.json else self.stdout.write, self.style)
            try:
                story.play()
            except StoryBroken as broken:
                self.stderr.write(self.style.ERROR(f"A step failed: {broken}"))
                return Exit.DOWN
            if options.json:
                self.show(options, value={"steps": story.chapters}, text="")
            return Exit.OK
