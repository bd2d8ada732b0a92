"""Lengths of time as people type them on a command line: 30d, 12h, 90m, 45s."""

import argparse
import re
from datetime import timedelta

UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def duration(text: str) -> timedelta:
    """An argparse type; raises ArgumentTypeError, which argparse shows with the option's name (exit code 2)."""
    match = re.fullmatch(r"(\d{1,5})([dhms])", text.strip())
    if not match or not int(match[1]):
        raise argparse.ArgumentTypeError(f"{text!r} is no duration; write for example 30d, 12h, 90m or 45s")
    return timedelta(**{UNITS[match[2]]: int(match[1])})
