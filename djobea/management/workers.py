"""The server's processes: one template, and the workers that are forked from it.

The template imports the project and the vendors' SDKs (seconds), and opens no connection, thread or event loop. A
worker is so ready in a fraction of a second, and shares the template's memory. The template is its parent: it learns of
a death at once.
"""

import contextlib
import gc
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType

import structlog

from djobea.management.child import CUT_AFTER_S, server_config, start_parent_watch
from djobea.management.pulse import Pulse

log = structlog.get_logger(__name__)

POLL_S = 0.05
STUCK_AFTER_S = 30.0
"""A worker whose event loop stands still for so long is killed."""
END_S = 6.0
"""For a worker's last records, after its callers."""
SIGNALS = (signal.SIGTERM, signal.SIGINT)

KILLED_DELAY_S = 0.5
"""The longest wait before the successor of a worker that was killed. Out of memory, for example."""
FAILED_DELAY_S = 30.0
"""The longest wait before the successor of a worker that ended by itself. Its successors probably do the same."""
STABLE_AFTER_S = 10.0

COLLECT_AT = (50_000, 20, 50)
"""Python's own (700, 10, 10) walks over all that lives each few requests, which took a third of the CPU. What requests
leave in cycles, tracebacks above all, is small; 50,000 objects of them are some 5 MiB."""

Work = Callable[[socket.socket, Pulse], None]
"""What a worker does: serves the socket, tells by the pulse that it lives, and returns when it is to end."""


@dataclass(slots=True, kw_only=True)
class Worker:
    """A worker's process. `number` names its place."""

    number: int
    pid: int
    pulse: Pulse
    started: float


@dataclass(slots=True)
class Place:
    """One of the places for workers: who is there, and when the next one starts. Seconds of the monotonic clock."""

    worker: Worker | None = None
    start_at: float = 0.0
    deaths: int = 0
    leaving: list[Worker] = field(default_factory=list)
    """Workers that drain while the template goes on."""


class Workers:
    """Keeps `count` workers at work on a listening socket until it is stopped."""

    def __init__(self, listener: socket.socket, count: int, work: Work, *, drain_s: float) -> None:
        self._listener = listener
        self._places = [Place() for _ in range(count)]
        self._work = work
        self._drain_s = drain_s
        self._signals = 0

    def run(self, wanted: Callable[[], bool]) -> None:
        """Blocks until SIGTERM, SIGINT or an answer False of `wanted`, then until the workers have ended."""
        for wanted_signal in SIGNALS:
            signal.signal(wanted_signal, self._count_signal)
        while self._signals == 0 and wanted():
            for number, place in enumerate(self._places):
                self._tend(number, place)
            time.sleep(POLL_S)
        self._stop()

    def _count_signal(self, number: int, frame: FrameType | None) -> None:
        self._signals += 1

    def _tend(self, number: int, place: Place) -> None:
        """Starts, replaces and buries the workers of one place."""
        now = time.monotonic()
        place.leaving = [worker for worker in place.leaving if _ended(worker) is None]
        worker = place.worker
        if worker is None:
            if now >= place.start_at:
                place.worker = self._fork(number)
        elif (code := _ended(worker)) is not None:
            place.worker = None
            place.deaths = 1 if now - worker.started > STABLE_AFTER_S else place.deaths + 1
            delay_s = delay_before_next_s(code, place.deaths)
            place.start_at = now + delay_s
            log.warning("worker_ended", worker=number, pid=worker.pid, exit_code=code, next_in_s=round(delay_s, 2))
        elif worker.pulse.draining:
            place.worker = None
            place.leaving.append(worker)
        elif worker.pulse.silent_s() > STUCK_AFTER_S:
            log.error("worker_stuck", worker=number, pid=worker.pid, silent_s=STUCK_AFTER_S)
            _send(worker, signal.SIGKILL)

    def _fork(self, number: int) -> Worker:
        pulse = Pulse()
        sys.stdout.flush()
        sys.stderr.flush()
        # A signal that comes before the child has handlers of its own waits for the default one, which ends it.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            pid = os.fork()
            if pid == 0:
                self._be_worker(pulse)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        return Worker(number=number, pid=pid, pulse=pulse, started=time.monotonic())

    def _be_worker(self, pulse: Pulse) -> None:
        """Works and ends the process. Never returns: the caller's frames belong to the template."""
        code = 1
        try:
            for number in SIGNALS:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            self._work(self._listener, pulse)
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except BaseException as error:
            log.error("worker_failed", exc_info=error)
        finally:
            logging.shutdown()
            os._exit(code)

    def _stop(self) -> None:
        """Ends the workers: they drain, and are killed when they take longer than they may."""
        self._listener.close()
        workers = [worker for place in self._places for worker in (place.worker, *place.leaving) if worker is not None]
        _send_all(workers, signal.SIGTERM)
        heard = self._signals
        end = time.monotonic() + self._drain_s + CUT_AFTER_S + END_S
        while workers := [worker for worker in workers if _ended(worker) is None]:
            if self._signals > max(heard, 1):
                heard = self._signals
                end = min(end, time.monotonic() + CUT_AFTER_S + END_S)
                _send_all(workers, signal.SIGTERM)
            if time.monotonic() > end:
                log.error("workers_killed", count=len(workers))
                _send_all(workers, signal.SIGKILL)
                end = float("inf")
            time.sleep(POLL_S)


def delay_before_next_s(exit_code: int, deaths: int) -> float:
    """Seconds until a dead worker's successor starts. `deaths`: those in a row. A negative code is a signal's."""
    if exit_code < 0:
        return 0.0 if deaths == 1 else min(0.05 * 2 ** min(deaths, 10), KILLED_DELAY_S)
    return min(0.5 * 2 ** min(deaths, 10), FAILED_DELAY_S)


def _ended(worker: Worker) -> int | None:
    """The exit code of a worker that has ended; a signal's number is negative. None: it runs."""
    pid, status = os.waitpid(worker.pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if pid else None


def _send(worker: Worker, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(worker.pid, number)


def _send_all(workers: list[Worker], number: signal.Signals) -> None:
    for worker in workers:
        _send(worker, number)


def serve(host: str, port: int, count: int, *, parent: int) -> None:
    """Serves the product by `count` workers until SIGTERM or SIGINT, or until the process `parent` is gone."""
    from djobea.management.template import import_all

    import_all()  # sets Django up, which the next two need
    from djobea.management.draining_server import DrainingServer
    from llm.conf import llm_settings

    drain_s = llm_settings().drain_s
    config = server_config(host, port, drain_s)
    config.load()
    config.get_loop_factory()  # imports uvloop, where it is installed; the loops are made in the workers
    listener = config.bind_socket()
    template = os.getpid()

    def work(listener: socket.socket, pulse: Pulse) -> None:
        gc.set_threshold(*COLLECT_AT)
        start_parent_watch(template, drain_s + CUT_AFTER_S + END_S)
        DrainingServer(config, drain_s, on_beat=pulse.beat, on_drain=pulse.drain).run(sockets=[listener])

    gc.collect()
    gc.freeze()
    Workers(listener, count, work, drain_s=drain_s).run(lambda: os.getppid() == parent)
