"""`Simulator`: the server in a thread and loop of its own, for tests, the demo and whoever else needs
vendors in the same process."""

import asyncio
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from llm.simulator.accounts.recording import Counts, Recorded
from llm.simulator.accounts.state import VendorAccounts
from llm.simulator.billing.ledger import Ledger
from llm.simulator.faults.catalogue import Fault
from llm.simulator.faults.reading import read_options
from llm.simulator.http.exchange import Vendor
from llm.simulator.http.server import listening
from llm.simulator.model.continuation import Continuing
from llm.simulator.model.replies import Script
from llm.simulator.openai.balance import Purse
from llm.simulator.openai.manners import Manners

_START_S = 10.0
_STOP_S = 10.0


class Simulator:
    """`with Simulator() as sim:`; the accounts `claude`, `gemini` and `openai` are there from the start.

    Every method may be called from any thread, also while the server is not running.
    """

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._host = host
        self._wanted_port = port
        self._port = 0
        self._world = VendorAccounts()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._failure: OSError | None = None

    def start(self) -> Self:
        """Returns when the port answers. Raises OSError when it is taken."""
        ready = threading.Event()
        self._failure = None
        self._thread = threading.Thread(target=self._run, args=(ready,), name="vendor-simulator", daemon=True)
        self._thread.start()
        if not ready.wait(_START_S):
            raise TimeoutError("the simulator did not start")
        if self._failure is not None:
            raise self._failure
        return self

    def stop(self) -> None:
        """Lets go of every connection and frees the port. Does nothing when it is not running."""
        thread, loop, stop = self._thread, self._loop, self._stop
        if thread is None:
            return
        if loop is not None and stop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(stop.set)
        thread.join(_STOP_S)
        self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self, ready: threading.Event) -> None:
        asyncio.run(self._serve(ready))

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        try:
            async with listening(self._world, self._host, self._wanted_port) as port:
                self._port = port
                ready.set()
                await self._stop.wait()
        except OSError as error:
            self._failure = error
            ready.set()

    @property
    def port(self) -> int:
        return self._port

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:PORT`; serves all three vendors too, told apart by their headers."""
        return f"http://{self._host}:{self._port}"

    def url(self, account: str) -> str:
        """The base URL to give to the vendor's SDK. Raises KeyError for an unknown account, as all methods
        below."""
        return self.origin + self._world.account(account).base_path

    def add_account(
        self, name: str, kind: str, *, keys: Iterable[str] | None = None, models: Sequence[str] = ()
    ) -> str:
        """Another account of a vendor (`claude`, `gemini` or `openai`); returns its base URL. Raises
        ValueError."""
        account = self._world.add(name, Vendor(kind))
        account.keys = None if keys is None else frozenset(keys)
        account.set_models(models)
        return self.url(name)

    def set_keys(self, account: str, keys: Iterable[str] | None) -> None:
        """Only these keys from now on; None restores the lenient rule of `Account`."""
        self._world.account(account).keys = None if keys is None else frozenset(keys)

    def set_models(self, account: str, models: Sequence[str]) -> None:
        """Only these models from now on; none restores the vendor's own and its families, `*` takes any
        id."""
        self._world.account(account).set_models(models)

    def behave(self, account: str, manners: Manners) -> str:
        """The account differs from OpenAI in this from now on; returns its base URL, which may have changed.

        Raises ValueError for an account that does not speak OpenAI's protocol.
        """
        self._world.account(account).behave(manners)
        return self.url(account)

    def hold(self, account: str, amount: float | None, *, currency: str = "USD", management: bool = True) -> None:
        """The balance that the account tells, None: it tells none. Without `management` only that of its key."""
        purse = None if amount is None else Purse(amount=amount, currency=currency, management=management)
        self._world.account(account).purse = purse

    def fault(self, account: str, name: str, **options: object) -> None:
        """Switches a fault on, in place of those before; the options are the fields of `Fault`. Raises
        BadFault."""
        fault = read_options(name, options)
        self._world.account(account).arm(() if fault is None else (fault,))

    def faults(self, account: str, faults: Iterable[Fault]) -> None:
        """Several at once: the first that applies and is not spent strikes, so `times` makes a sequence."""
        self._world.account(account).arm(faults)

    def heal(self, account: str | None = None) -> None:
        """One account, or all."""
        for found in self._world.accounts() if account is None else (self._world.account(account),):
            found.arm(())

    def reply(
        self,
        account: str,
        text: str | None = None,
        *,
        chunks: int | None = None,
        latency: float = 0.0,
        first_token: float = 0.0,
        chunk_delay: float = 0.0,
        cached_tokens: int = 0,
        thinking: str = "",
        redacted: bool = False,
        continuing: Continuing = Continuing.REPEATING,
        headers: Mapping[str, str] | None = None,
        usage: Mapping[str, Any] | None = None,
    ) -> None:
        """Sets what is answered and how fast, see `Script`; without arguments back to the simulator's own."""
        self._world.account(account).script = Script(
            text=text,
            chunks=chunks,
            latency=latency,
            first_token=first_token,
            chunk_delay=chunk_delay,
            cached_tokens=cached_tokens,
            thinking=thinking,
            redacted=redacted,
            continuing=continuing,
            headers=headers or {},
            usage=usage or {},
        )

    def ledger(self, account: str) -> Ledger:
        """What the account has billed, and the faults of its reports."""
        return self._world.account(account).ledger

    def calls(self, account: str) -> int:
        """How many completions were asked for, plain and streamed, whatever became of them."""
        return self._world.account(account).counts().completions

    def counts(self, account: str) -> Counts:
        return self._world.account(account).counts()

    def requests(self, account: str) -> tuple[Recorded, ...]:
        """The last 500 requests, oldest first, keys masked."""
        return self._world.account(account).requests()

    def answered(self, account: str, *, within_s: float = 5.0) -> tuple[Recorded, ...]:
        """`requests`, once none is being answered: a caller may have its answer before the last byte is written.

        Blocks; raises TimeoutError after `within_s` seconds.
        """
        end = time.monotonic() + within_s
        while self.counts(account).open:
            if time.monotonic() > end:
                raise TimeoutError(f"{account} is still answering")
            time.sleep(0.005)
        return self.requests(account)

    def forget(self, account: str | None = None) -> None:
        """Clears counters and recorded requests, of one account or of all; faults and scripts stay."""
        for found in self._world.accounts() if account is None else (self._world.account(account),):
            found.forget()

    def reset(self) -> None:
        """Every account as new; added accounts stay."""
        self._world.reset()
