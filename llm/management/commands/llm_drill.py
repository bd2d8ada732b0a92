"""`manage.py llm_drill`: plays drills on simulated vendors and says which promises held."""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from django.conf import settings
from django.core.management.base import CommandParser

from llm.drills import CATALOGUE, Drill, Report, Runner
from llm.drills.askers import answer_for
from llm.drills.own_redis import OwnRedis, free_port, installed
from llm.drills.product import manage_py, run_apart, vendors
from llm.management.base import Error, Exit, LLMCommand
from llm.management.show import table

REDIS_PORT = "LLM_DRILL_REDIS_PORT"
"""How the command tells the process that it starts where to run the drills' Redis."""


class Command(LLMCommand):
    needs_database = False
    help = (
        "Plays failures on simulated vendors and a throw-away database: sets faults, makes requests, checks what the "
        "product promises. Counts the calls that each vendor saw and the answers that callers got. Touches nothing of "
        "yours. Exit code 1: a promise was broken."
    )
    examples = (
        "  manage.py llm_drill --list\n"
        "  manage.py llm_drill claude_out_of_credit flapping\n"
        "  manage.py llm_drill --all --json     (about two minutes: the slow ones too)"
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="The drills to play.")
        parser.add_argument("--all", action="store_true", help="Play every drill.")
        parser.add_argument("--list", action="store_true", help="Name the drills, play none.")
        parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
        parser.add_argument("--asking", help=argparse.SUPPRESS)

    def run(self, options: argparse.Namespace) -> Exit:
        if options.asking:
            answer_for(options.asking, sys.stdin, sys.stdout)
            return Exit.OK
        if options.list:
            self.name_all(options)
            return Exit.OK
        drills = chosen(options.names, everything=options.all)
        return self.play(drills, options) if options.inside else apart(drills, options)

    def name_all(self, options: argparse.Namespace) -> None:
        rows = [(drill.name, "slow" if drill.slow else "", drill.title) for drill in CATALOGUE.values()]
        value = {"drills": [{"name": name, "slow": bool(slow), "title": title} for name, slow, title in rows]}
        self.show(options, value=value, text=table(("drill", "", "what happens"), rows))

    def play(self, drills: Sequence[Drill], options: argparse.Namespace) -> Exit:
        with ExitStack() as open_things:
            port = int(os.environ.get(REDIS_PORT) or 0)
            redis = open_things.enter_context(OwnRedis(port)) if port else None
            simulator = open_things.enter_context(vendors())
            runner = Runner(simulator, manage=manage_py(), redis=redis)
            reports = []
            for drill in drills:
                reports.append(runner.play(drill))
                if not options.json:
                    self.tell(reports[-1])
        counts = f"{sum(r.held and not r.skipped for r in reports)} held, {sum(not r.held for r in reports)} did not, "
        text = f"{counts}{sum(bool(r.skipped) for r in reports)} skipped."
        self.show(options, value={"drills": [as_value(report) for report in reports]}, text=text)
        return Exit.OK if all(report.held for report in reports) else Exit.DOWN

    def tell(self, report: Report) -> None:
        self.stdout.write(f"{self.style.MIGRATE_HEADING(report.name)}  {report.title}")
        if report.skipped:
            self.stdout.write(self.style.WARNING(f"  skipped: {report.skipped}") + "\n")
            return
        rows = [
            (scene.name, scene.answers, *map(str, (scene.calls.claude, scene.calls.gemini, scene.calls.openai)))
            for scene in report.scenes
        ]
        titles = ("requests", "answers", "calls: claude", "gemini", "openai")
        self.stdout.write("".join(f"  {line}\n" for line in table(titles, rows).splitlines()), ending="")
        for verdict in report.verdicts:
            line = f"  NOT HELD  {verdict.says} (seen: {verdict.otherwise})"
            held = self.style.SUCCESS(f"  held      {verdict.says}")
            self.stdout.write(self.style.ERROR(line) if verdict.otherwise else held)
        self.stdout.write(f"  {report.elapsed_s:.1f} s\n")


def chosen(names: Sequence[str], *, everything: bool) -> tuple[Drill, ...]:
    """The drills of these names, in the catalogue's order. Raises Error."""
    if unknown := [name for name in names if name not in CATALOGUE]:
        raise Error(f"There is no drill {unknown[0]!r}. --list names them.")
    if not names and not everything:
        raise Error("Name a drill, or play --all; --list names them.")
    return tuple(drill for drill in CATALOGUE.values() if everything or drill.name in names)


def apart(drills: Sequence[Drill], options: argparse.Namespace) -> Exit:
    """Plays them in a process that knows only throw-away things. A Redis is among them where the product uses one."""
    words = ["llm_drill", "--inside", *(drill.name for drill in drills)]
    words += [f"--{name.replace('_', '-')}" for name in ("json", "no_color") if getattr(options, name)]
    redis_url = ""
    if settings.REDIS_URL and installed():
        os.environ[REDIS_PORT] = str(free_port())
        redis_url = f"redis://127.0.0.1:{os.environ[REDIS_PORT]}/0"
    return Exit(run_apart(words, redis_url=redis_url))


def as_value(report: Report) -> dict[str, object]:
    """A report as JSON shows it: sums in place of each request."""
    return {
        "name": report.name,
        "title": report.title,
        "held": report.held,
        "skipped": report.skipped,
        "elapsed_s": round(report.elapsed_s, 2),
        "scenes": [
            {
                "name": scene.name,
                "requests": len(scene.got),
                "answers": scene.counted,
                "calls": scene.calls,
                "slowest_s": round(scene.slowest_s, 3),
            }
            for scene in report.scenes
        ],
        "expectations": report.verdicts,
    }
