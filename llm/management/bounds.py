"""Options of commands that bound keys, consumers and teams."""

import argparse
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser
from django.utils.dateparse import parse_datetime

from llm.management.base import Error
from llm.models.rights import Bounded

LISTS = {
    "routes": ("--route", "NAME", "A route it may ask; patterns with * and ? are allowed."),
    "providers": ("--provider", "NAME", "A provider it may ask, or a pattern."),
    "models": ("--model", "NAME", "A model it may ask, or a pattern."),
    "endpoints": ("--endpoint", "NAME", "An endpoint it may use, such as chat or messages."),
    "networks": ("--network", "CIDR", "An address or network it may come from."),
}
"""Field -> option, its value and its help. Each option may be repeated."""


def moment(text: str) -> Any:
    """A time as ISO 8601 with its offset, such as 2026-12-01T00:00:00Z."""
    try:
        at = parse_datetime(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no time like 2026-12-01T00:00:00Z.")
    return at


def add_bounds(parser: CommandParser, fields: tuple[str, ...]) -> None:
    """Adds an option for each of these fields of `Bounded`."""
    for field, (option, value, text) in LISTS.items():
        parser.add_argument(option, dest=field, metavar=value, action="append", help=text)
    parser.add_argument("--max-tokens", dest="max_tokens", type=int, metavar="N", help="The longest answer, in tokens.")
    parser.add_argument("--no-streaming", dest="streaming", action="store_false", default=None, help="No streams.")
    parser.add_argument("--not-before", dest="not_before", type=moment, metavar="TIME", help="Valid from this time.")
    if "not_after" in fields:
        parser.add_argument("--not-after", dest="not_after", type=moment, metavar="TIME", help="Valid until this time.")


def bounds_of(options: argparse.Namespace, fields: tuple[str, ...], model: type[Bounded]) -> dict[str, Any]:
    """The bounds that were given. Raises Error for one that the model refuses."""
    given = {name: getattr(options, name) for name in fields if getattr(options, name) is not None}
    for name, value in given.items():
        try:
            model._meta.get_field(name).run_validators(value)  # type: ignore[union-attr]
        except ValidationError as error:
            raise Error(f"{name}: {' '.join(error.messages)}") from None
    return given
