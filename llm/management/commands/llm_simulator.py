"""`manage.py llm_simulator`: serves the vendor simulator alone, for other programs to use."""

import argparse
import asyncio
import errno
import signal
import time

from django.core.management.base import CommandParser

from llm.conf import KEY_VARIABLES, SIMULATED_KEY, llm_settings, simulator_url
from llm.kinds import KINDS
from llm.management.base import Error, Exit, LLMCommand
from llm.management.show import as_json
from llm.simulator import serve

STANDBY_POLL_S = 0.5


class Command(LLMCommand):
    needs_database = False
    help = (
        "Simulates Claude, Gemini and OpenAI on loopback, with faults that can be switched, until it is stopped. "
        "Prints the environment with which this product, or the vendors' own SDKs, use it."
    )
    examples = (
        "  manage.py llm_simulator --port 8099\n"
        "  curl -X POST http://127.0.0.1:8099/_sim/claude/fault -d credit   (Claude is out of credit)\n"
        "  curl -X DELETE http://127.0.0.1:8099/_sim/claude/fault           (and has credit again)\n"
        "  curl http://127.0.0.1:8099/_sim/faults                           (all faults)"
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="Address to listen on (default: 127.0.0.1).")
        parser.add_argument("--port", type=int, default=None, help="Port (default: LLM_SIMULATOR_PORT; 0: a free one).")
        parser.add_argument("--quiet", action="store_true", help="Print nothing.")
        parser.add_argument("--standby", action="store_true", help="Wait while another process has the port.")

    def run(self, options: argparse.Namespace) -> Exit:
        port = llm_settings().simulator_port if options.port is None else options.port
        while not self.served(port, options):
            time.sleep(STANDBY_POLL_S)
        return Exit.OK

    def served(self, port: int, options: argparse.Namespace) -> bool:
        """Serves until it is stopped. False on standby, while another process has the port. Raises Error."""
        try:
            asyncio.run(self.serve_until_stopped(options.host, port, options))
        except (OSError, OverflowError) as error:
            if options.standby and isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
                return False
            raise Error(f"The simulator cannot listen on {options.host}:{port}: {error}") from error
        return True

    async def serve_until_stopped(self, host: str, port: int, options: argparse.Namespace) -> None:
        """Serves until SIGTERM or SIGINT."""
        stopping = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        serving = asyncio.create_task(serve(host, port, lambda bound: self.announce(host, bound, options)))
        waiting = asyncio.create_task(stopping.wait())
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            waiting.cancel()
            serving.result()
        serving.cancel()
        await asyncio.wait({serving})

    def announce(self, host: str, port: int, options: argparse.Namespace) -> None:
        if options.quiet:
            return
        variables = {}
        for name, kind in KINDS.items():
            variables[KEY_VARIABLES[name][0]] = SIMULATED_KEY
            variables[f"{kind.env}_BASE_URL"] = simulator_url(name, port)
        if options.json:
            self.stdout.write(as_json({"host": host, "port": port, "environment": variables}))
        else:
            self.stdout.write(f"Vendor simulator on http://{host}:{port} (switch faults at /_sim; Ctrl-C stops it)")
            self.stdout.write("".join(f"\nexport {name}={value}" for name, value in variables.items()).lstrip("\n"))
        self.stdout.flush()
