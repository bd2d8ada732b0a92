"""What a command at an operator's terminal tells the circuits: who it is, and which of its results count."""

import getpass

from django.core.management.base import CommandParser

NOT_RECORDED = "Failures were not recorded: this machine's own network may be at fault. With --record they count."


def operator(command: str = "command", *, user: str | None = None) -> str:
    """The cause in circuit events: "llm_healthcheck (ada)". Without a `user`, the account of the operating system."""
    if user is not None:
        return f"{command} ({user})"
    try:
        return f"{command} ({getpass.getuser()})"
    except (KeyError, OSError):  # the user id has no account, as in some containers
        return command


def add_record_option(parser: CommandParser) -> None:
    """Adds `--record`, without which the circuits of the running gateway learn of successes only."""
    parser.add_argument(
        "--record",
        action="store_true",
        help="Let failures count against the providers' circuits, as the server's own do. Without it only successes "
        "count, since this machine's network may be at fault.",
    )
