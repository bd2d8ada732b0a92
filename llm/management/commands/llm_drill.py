"""`manage.py llm_drill`: plays drills on simulated vendors and reports which promises were kept."""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from django.conf import settings
from django.core.management.base import CommandParser

from llm.drills import CATALOGUE, Drill, DrillReport, Runner
from llm.drills.client_processes import run_client
from llm.drills.redis_server import RedisServer, free_port, installed
from llm.drills.sandbox import manage_py, run_in_sandbox, simulated_vendors
from llm.management.base import Error, Exit, LLMCommand
from llm.management.show import table

REDIS_PORT = "DRILL_REDIS_PORT"
"""Environment variable that passes the port of the drills' Redis to the sandbox's process."""


class Command(LLMCommand):
    needs_database = False
    help = (
        "Plays failures on simulated vendors and a temporary database: sets faults, sends requests, checks the "
        "product's promises. Counts the calls per vendor and the answers. Does not touch your database or vendors. "
        "Exit code 1: a promise was broken."
    )
    examples = (
        "  manage.py llm_drill --list\n"
        "  manage.py llm_drill claude_out_of_credit flapping\n"
        "  manage.py llm_drill --all --json     (about two minutes: the slow ones too)"
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="The drills to play.")
        parser.add_argument("--all", action="store_true", help="Play every drill.")
        parser.add_argument("--list", action="store_true", help="List the drills.")
        parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
        parser.add_argument("--client", help=argparse.SUPPRESS)

    def run(self, options: argparse.Namespace) -> Exit:
        if options.client:
            run_client(options.client, sys.stdin, sys.stdout)
            return Exit.OK
        if options.list:
            self.list_all(options)
            return Exit.OK
        drills = chosen(options.names, everything=options.all)
        return self.play(drills, options) if options.inside else play_in_sandbox(drills, options)

    def list_all(self, options: argparse.Namespace) -> None:
        rows = [(drill.name, "slow" if drill.slow else "", drill.title) for drill in CATALOGUE.values()]
        value = {"drills": [{"name": name, "slow": bool(slow), "title": title} for name, slow, title in rows]}
        self.show(options, value=value, text=table(("drill", "", "what happens"), rows))

    def play(self, drills: Sequence[Drill], options: argparse.Namespace) -> Exit:
        with ExitStack() as stack:
            port = int(os.environ.get(REDIS_PORT) or 0)
            redis = stack.enter_context(RedisServer(port)) if port else None
            simulator = stack.enter_context(simulated_vendors())
            return self.play_all(Runner(simulator, manage=manage_py(), redis=redis), drills, options)

    def play_all(self, runner: Runner, drills: Sequence[Drill], options: argparse.Namespace) -> Exit:
        """Plays the drills with `runner`, prints each report as it comes, then the totals; or all as JSON."""
        reports = []
        for drill in drills:
            reports.append(runner.play(drill))
            if not options.json:
                self.print_report(reports[-1])
        skipped, failed = sum(bool(r.skipped) for r in reports), sum(not r.passed for r in reports)
        text = f"{len(reports) - skipped - failed} passed, {failed} failed, {skipped} skipped."
        self.show(options, value={"drills": [as_value(report) for report in reports]}, text=text)
        return Exit.DOWN if failed else Exit.OK

    def print_report(self, report: DrillReport) -> None:
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
        for expectation in report.expectations:
            passed = self.style.SUCCESS(f"  passed  {expectation.sentence}")
            failed = self.style.ERROR(f"  FAILED  {expectation.sentence} (observed: {expectation.observed})")
            self.stdout.write(failed if expectation.observed else passed)
        self.stdout.write(f"  {report.elapsed_s:.1f} s\n")


def chosen(names: Sequence[str], *, everything: bool) -> tuple[Drill, ...]:
    """The drills of these names, in the catalogue's order. Raises Error."""
    if unknown := [name for name in names if name not in CATALOGUE]:
        raise Error(f"There is no drill {unknown[0]!r}. See --list.")
    if not names and not everything:
        raise Error("No drill is named. Name one, or play --all; see --list.")
    return tuple(drill for drill in CATALOGUE.values() if everything or drill.name in names)


def play_in_sandbox(drills: Sequence[Drill], options: argparse.Namespace) -> Exit:
    """Plays the drills in a sandbox's process, with a Redis of its own where REDIS_URL is set."""
    arguments = ["llm_drill", "--inside", *(drill.name for drill in drills)]
    arguments += [f"--{name.replace('_', '-')}" for name in ("json", "no_color") if getattr(options, name)]
    redis_url = ""
    if settings.REDIS_URL and installed():
        os.environ[REDIS_PORT] = str(free_port())
        redis_url = f"redis://127.0.0.1:{os.environ[REDIS_PORT]}/0"
    return Exit(run_in_sandbox(arguments, redis_url=redis_url))


def as_value(report: DrillReport) -> dict[str, object]:
    """A report for JSON, with counts in place of the single requests."""
    return {
        "name": report.name,
        "title": report.title,
        "held": report.passed,
        "skipped": report.skipped,
        "elapsed_s": round(report.elapsed_s, 2),
        "scenes": [
            {
                "name": scene.name,
                "requests": len(scene.results),
                "answers": scene.counted,
                "calls": scene.calls,
                "slowest_s": round(scene.slowest_s, 3),
            }
            for scene in report.scenes
        ],
        "expectations": [
            {"says": e.sentence, "otherwise": e.observed, "promise": e.promise} for e in report.expectations
        ],
    }
