"""`manage.py llm_demo`: one failover story, told in the terminal, on a database and vendors of its own."""

import argparse

from django.core.management.base import CommandParser

from llm.drills.product import run_apart, vendors
from llm.management.base import Exit, LLMCommand
from llm.management.story import Story, StoryBroken


class Command(LLMCommand):
    needs_database = False
    help = (
        "Plays a failover story: Claude runs out of credit, Gemini takes over, everybody falls silent, Claude comes "
        "back. Uses simulated vendors and a throw-away database, and leaves nothing behind. Exit code 1: a step failed."
    )
    examples = "  manage.py llm_demo\n  NO_COLOR=1 manage.py llm_demo > story.txt"

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)

    def run(self, options: argparse.Namespace) -> Exit:
        return self.play(options) if options.inside else self.in_a_world_of_its_own(options)

    def in_a_world_of_its_own(self, options: argparse.Namespace) -> Exit:
        """Runs this command once more, in a process whose environment knows only throw-away things."""
        words = ["llm_demo", "--inside"]
        words += [f"--{name.replace('_', '-')}" for name in ("json", "no_color") if getattr(options, name)]
        return Exit.OK if run_apart(words) == 0 else Exit.DOWN

    def play(self, options: argparse.Namespace) -> Exit:
        with vendors() as simulator:
            story = Story(simulator, (lambda _: None) if options.json else self.stdout.write, self.style)
            try:
                story.tell()
            except StoryBroken as broken:
                self.stderr.write(self.style.ERROR(f"The story does not hold: {broken}"))
                return Exit.DOWN
            if options.json:
                self.show(options, value={"steps": story.steps}, text="")
            return Exit.OK
