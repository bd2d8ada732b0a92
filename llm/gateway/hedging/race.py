"""Two attempts at one call, until the first of them speaks: that one goes on, the other is cancelled.

An attempt speaks with the first event that shows its model at work, or with a whole answer. Until then nothing of
either has gone out. Each runs in a task of its own up to there; then the caller's task goes on with the winner.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace

from llm.core.calls import Started
from llm.core.circuit.state import Circuit
from llm.core.failures.policy import ProviderError
from llm.core.routing.hedging import ends_the_call
from llm.gateway.attempt import AttemptEvent, AttemptState, RouterDependencies, run_attempt
from llm.gateway.context import CallContext

Second = Callable[[Mapping[str, Circuit]], AttemptState | None]
"""Makes the second attempt when its time has come, by the circuits as they are then; None when it may not be made."""


class Race:
    """Runs `first`, and beside it what `second` makes once the first has been silent for `after_s` seconds.

    `attempt` is the one that speaks, or the last that failed; `lost` the one that was cancelled for it.
    """

    def __init__(
        self,
        first: AttemptState,
        second: Second,
        context: CallContext,
        dependencies: RouterDependencies,
        *,
        after_s: float,
    ) -> None:
        self.attempt = first
        self.lost: AttemptState | None = None
        self._second = second
        self._context = context
        self._dependencies = dependencies
        self._after_s = after_s
        self._runners: list[_Runner] = []
        self._spoken = asyncio.get_running_loop().create_future()

    async def run(self) -> AsyncGenerator[AttemptEvent]:
        """The events of the attempt that speaks first. Raises ProviderError when neither answers."""
        try:
            first = self._start(self.attempt)
            waits = (first.task, self._spoken)
            await asyncio.wait(waits, timeout=self._after_s, return_when=asyncio.FIRST_COMPLETED)
            if self._is_silent(first):
                circuits = await self._dependencies.circuits.read()
                # The first may have spoken, or failed, meanwhile: then the router goes on as it always does.
                if self._is_silent(first) and (attempt := self._second(circuits)) is not None:
                    self._start(attempt)
            winner = await self._winner()
            event = winner.task.result()
            yield replace(event, attempts=len(self._runners)) if isinstance(event, Started) else event
            async for event in winner.events:
                yield event
        finally:
            await self._end()

    def _is_silent(self, runner: "_Runner") -> bool:
        return not (runner.task.done() or self._spoken.done())

    def _start(self, attempt: AttemptState) -> "_Runner":
        runner = _Runner(attempt, run_attempt(attempt, self._context, self._dependencies))
        attempt.on_speaking = lambda: self._speaks(runner)
        self._runners.append(runner)
        runner.start()
        return runner

    def _speaks(self, speaker: "_Runner") -> None:
        """Notes who speaks, and cancels the other in the same moment: it never comes to speak."""
        self._spoken.set_result(None)
        self.attempt = speaker.attempt
        for runner in self._runners:
            if runner is not speaker and not runner.task.done():
                self.lost = runner.attempt
                runner.attempt.lost = True
                runner.task.cancel()

    async def _winner(self) -> "_Runner":
        """The runner whose first event has come. Raises ProviderError when there is none."""
        running = {runner.task: runner for runner in self._runners}
        failure: ProviderError | None = None
        while running:
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for runner in [running.pop(task) for task in done]:
                if runner.task.cancelled():
                    continue
                error = runner.task.exception()
                if error is None:
                    return runner
                if not isinstance(error, ProviderError):
                    raise error
                self.attempt, failure = runner.attempt, error
                if ends_the_call(error.failure, self._context.route):
                    for other in running.values():
                        other.attempt.lost = True
                    raise error
        if failure is None:
            raise asyncio.CancelledError
        raise failure

    async def _end(self) -> None:
        """Ends what still runs, each attempt with its record: in time also when the caller has left."""
        for runner in self._runners:
            runner.task.cancel()
        await asyncio.gather(*(runner.close() for runner in self._runners))


class _Runner:
    """One attempt, and the task that waits for its first event."""

    def __init__(self, attempt: AttemptState, events: AsyncGenerator[AttemptEvent]) -> None:
        self.attempt = attempt
        self.events = events
        self.task: asyncio.Task[AttemptEvent]

    def start(self) -> None:
        self.task = asyncio.get_running_loop().create_task(self._first_event())

    async def _first_event(self) -> AttemptEvent:
        return await anext(self.events)

    async def close(self) -> None:
        await asyncio.wait({self.task})
        if not self.task.cancelled():
            self.task.exception()  # taken, so that asyncio does not log it
        async with aclosing(self.events):
            pass
