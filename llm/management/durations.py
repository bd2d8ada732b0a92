"""Durations as command line arguments: 30d, 12h, 90m, 45s."""

import argparse
import re
from datetime import timedelta

UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def duration(text: str) -> timedelta:
    """An argparse type. Raises ArgumentTypeError, which argparse prints with the option's name (exit code 2)."""
    match = re.fullmatch(r"(\d{1,5})([dhms])", text.strip())
    if not match or not int(match[1]):
        raise argparse.ArgumentTypeError(f"{text!r} is not a duration; examples: 30d, 12h, 90m, 45s")
    return timedelta(**{UNITS[match[2]]: int(match[1])})
