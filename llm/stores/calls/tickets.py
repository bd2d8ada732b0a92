"""Tickets: call records with the future that the writer settles, for event loops and for threads."""

import asyncio
import concurrent.futures
from collections.abc import Iterable
from dataclasses import dataclass

from llm.core.calls import CallRecord


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ticket:
    """A record not yet stored, with the future of the task or thread that waits for it."""

    record: CallRecord
    loop: asyncio.AbstractEventLoop | None = None
    answer: "asyncio.Future[bool] | None" = None
    thread_answer: "concurrent.futures.Future[bool] | None" = None

    @property
    def is_waited_for(self) -> bool:
        return self.answer is not None or self.thread_answer is not None


def async_ticket(record: CallRecord, bound_s: float) -> Ticket:
    """A ticket for the running loop. Its `answer` becomes False after `bound_s` seconds."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[bool] = loop.create_future()
    timer = loop.call_later(bound_s, _answer, [answer], False)
    answer.add_done_callback(lambda _: timer.cancel())
    return Ticket(record=record, loop=loop, answer=answer)


def thread_ticket(record: CallRecord) -> Ticket:
    """A ticket for a thread that waits on `thread_answer`."""
    return Ticket(record=record, thread_answer=concurrent.futures.Future())


def settle(tickets: Iterable[Ticket], stored: bool) -> None:
    """Sets the futures of all tickets, with one wake-up an event loop: each may cost a thread switch."""
    by_loop: dict[asyncio.AbstractEventLoop, list[asyncio.Future[bool]]] = {}
    for ticket in tickets:
        if ticket.loop is not None and ticket.answer is not None:
            by_loop.setdefault(ticket.loop, []).append(ticket.answer)
        elif ticket.thread_answer is not None and not ticket.thread_answer.done():
            ticket.thread_answer.set_result(stored)
    for loop, answers in by_loop.items():
        try:
            loop.call_soon_threadsafe(_answer, answers, stored)
        except RuntimeError:
            continue  # the loop is closed, and its waiting tasks have ended


def _answer(answers: Iterable["asyncio.Future[bool]"], stored: bool) -> None:
    for answer in answers:
        if not answer.done():
            answer.set_result(stored)
