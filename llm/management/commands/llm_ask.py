"""`manage.py llm_ask`: one answer at the terminal, and with --trace its attempts and skips."""

import argparse
import sys
from dataclasses import replace

from django.core.management.base import CommandParser

from llm.core.calls import Answer, Caller, CallOptions, Completed, Trail
from llm.core.chat.request import ChatRequest, Role, message
from llm.core.chat.response import TextDelta
from llm.core.exceptions import CallError, UnknownModel, names_there_are
from llm.management.base import Error, Exit, LLMCommand
from llm.management.operator import NOT_RECORDED, add_record_option, operator
from llm.management.show import UNKNOWN, as_json, fields_of, milliseconds, moment, table
from llm.services import portal
from llm.services.calls.run import complete_sync, stream_sync
from llm.services.models import resolve_model, served_models

TITLES = ("attempt", "provider", "model", "outcome", "duration", "tokens", "cost", "reason, or error")


class Command(LLMCommand):
    help = (
        "Sends the gateway one question, as a consumer's request would be sent, and prints the answer. The call is "
        "recorded with its cost. The providers' circuits learn of successes, and with --record of failures."
    )
    examples = (
        '  manage.py llm_ask "Bonjour, qui es-tu ?"\n'
        '  manage.py llm_ask "Say hello" --provider gemini --trace\n'
        '  echo "A long text" | manage.py llm_ask - --stream'
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("prompt", help="The question; - reads it from standard input.")
        parser.add_argument("--route", default="default", help="Default: default.")
        parser.add_argument("--provider", metavar="NAME", help="The provider to ask first; the others follow.")
        parser.add_argument(
            "--language", choices=("fr", "en"), default="fr", help="Of the static answer (default: fr)."
        )
        parser.add_argument("--no-static", action="store_true", help="Exit with 1 rather than print the static answer.")
        parser.add_argument("--stream", action="store_true", help="Print the answer as it comes.")
        parser.add_argument("--trace", action="store_true", help="Show attempts, skipped providers and reasons.")
        add_record_option(parser)

    def run(self, options: argparse.Namespace) -> Exit:
        prompt = sys.stdin.read() if options.prompt == "-" else options.prompt
        if not prompt.strip():
            raise Error("The question is empty.")
        request = ChatRequest(messages=(message(Role.USER, prompt),), language=options.language)
        call_options = self.call_options(options)
        try:
            answer = self.ask(request, call_options, options)
        except CallError as error:
            return self.show_failure(error, options)
        if options.json:
            self.stdout.write(as_json({**fields_of(answer), **spent(answer.trail)}))
            return Exit.OK
        if options.trace:
            self.stdout.write(f"\n{summary(answer)}\n\n{trace(answer.trail)}")
        elif answer.degraded:
            self.stderr.write("(static answer: no provider could answer; --trace shows the reasons)")
        if answer.degraded and not options.record:
            self.stderr.write(NOT_RECORDED)
        return Exit.OK

    def call_options(self, options: argparse.Namespace) -> CallOptions:
        """Route and provider from the options. Raises Error for an unknown route, which the gateway would accept."""
        try:
            route = portal.run(lambda: resolve_model(options.route))
        except UnknownModel:
            route = None
        if route is None or route.route != options.route:
            known = [model.id for model in portal.run(served_models) if model.kind == "route"]
            raise Error(f"There is no route named {options.route!r}. {names_there_are(known)}")
        return replace(
            route,
            primary=options.provider,
            static=not options.no_static,
            failures_count=options.record,
            by=operator("llm_ask"),
        )

    def ask(self, request: ChatRequest, call_options: CallOptions, options: argparse.Namespace) -> Answer:
        """The answer. Prints its text, unless JSON is asked for."""
        caller = Caller(consumer="llm_ask", origin="command")
        if not options.stream:
            answer = complete_sync(request, caller=caller, options=call_options)
            if not options.json:
                self.stdout.write(answer.completion.text)
            return answer
        for event in stream_sync(request, caller=caller, options=call_options):
            if isinstance(event, TextDelta) and not options.json:
                self.stdout.write(event.text, ending="")
                self.stdout.flush()
            elif isinstance(event, Completed):
                if not options.json:
                    self.stdout.write("")
                return event.answer
        raise AssertionError("a stream ends with Closed or raises")

    def show_failure(self, error: CallError, options: argparse.Namespace) -> Exit:
        if options.json:
            self.stdout.write(as_json({"error": str(error), "request_id": error.request_id, "trail": error.trail}))
        elif options.trace:
            self.stdout.write(trace(error.trail))
        self.stderr.write(self.style.ERROR(f"Error: {error}"))
        if error.trail.attempts and not options.record:
            self.stderr.write(NOT_RECORDED)
        return Exit.DOWN


def summary(answer: Answer) -> str:
    """Two lines: provider, attempts, duration, tokens and cost; the request's id."""
    usage = answer.trail.usage
    attempts = len(answer.trail.attempts)
    return (
        f"{answer.provider} ({answer.completion.model}) after {attempts} {'attempt' if attempts == 1 else 'attempts'}, "
        f"{milliseconds(1000 * answer.elapsed_s)}, {usage.input} + {usage.output} tokens, {dollars(answer.trail)}\n"
        f"request {answer.call.request_id}"
    )


def spent(trail: Trail) -> dict[str, str | int | None]:
    """The cost as the call's record has it: US dollars as a decimal string, and the attempts without a price."""
    usd = trail.cost_usd
    return {"cost_usd": None if usd is None else f"{usd:f}", "unpriced_attempts": trail.unpriced}


def dollars(trail: Trail) -> str:
    """The cost for people: "$0.000123", "unpriced", or both."""
    known = [] if trail.cost_usd is None else [f"${trail.cost_usd:f}"]
    return " + ".join(known + ["unpriced"] * bool(trail.unpriced)) or UNKNOWN


def trace(trail: Trail) -> str:
    """A table of the attempts in order, then one of the skipped providers."""
    attempts = [
        (
            str(attempt.seq),
            attempt.provider,
            attempt.model,
            attempt.outcome,
            milliseconds(1000 * attempt.duration_s),
            f"{attempt.usage.input} + {attempt.usage.output}",
            dollars(Trail(attempts=(attempt,))),
            f"{attempt.failure.error_class}: {attempt.failure.message}" if attempt.failure else attempt.why,
        )
        for attempt in trail.attempts
    ]
    skipped = [(skip.provider, skip.reason, skip.detail or UNKNOWN, moment(skip.until)) for skip in trail.skips]
    parts = [table(TITLES, attempts, folded=True)] if attempts else ["No provider was asked."]
    if skipped:
        parts.append(table(("skipped", "reason", "detail", "until"), skipped, folded=True))
    return "\n\n".join(parts)
