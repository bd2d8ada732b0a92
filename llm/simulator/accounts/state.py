"""The accounts of a running simulator: keys, models, scripts, faults and counters. Safe to use from any
thread."""

import random
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace

from llm.simulator.accounts.recording import Counts, Recorded
from llm.simulator.billing.ledger import Ledger
from llm.simulator.faults.catalogue import Fault
from llm.simulator.http.exchange import Json, Operation, Vendor
from llm.simulator.model.replies import Script
from llm.simulator.openai import OpenAIWire
from llm.simulator.openai.balance import Purse
from llm.simulator.openai.manners import Manners
from llm.simulator.vendors import WIRES
from llm.simulator.wire import Catalogue

_REMEMBERED = 500
_RESERVED = frozenset({"v1", "v1beta", "v1alpha", "_sim", "all", ""})
_BAD_WORDS = ("wrong", "invalid", "revoked")


class _ArmedFault:
    """A fault and how often it was met; used under its account's lock."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self._met = 0
        self._struck = 0
        self._chance = random.Random(fault.seed)  # noqa: S311 (a repeatable draw, no secret)

    @property
    def spent(self) -> bool:
        return self.fault.times is not None and self._struck >= self.fault.times

    def strikes(self, ask: Operation) -> bool:
        if self.spent or not self.fault.scope.covers(ask):
            return False
        self._met += 1
        if self._met <= self.fault.after or self._chance.random() >= self.fault.probability:
            return False
        self._struck += 1
        return True


class Account:
    """One vendor account: the base URL's first path segment is its name.

    `keys` None takes any key that does not say "wrong", "invalid" or "revoked".
    """

    def __init__(self, name: str, vendor: Vendor) -> None:
        self.name = name
        self.wire = WIRES[vendor]
        self.keys: frozenset[str] | None = None
        self.catalogue = Catalogue(listed=self.wire.default_models, families=self.wire.families)
        self.script = Script()
        self.purse: Purse | None = None
        self.ledger = Ledger()
        self._lock = threading.Lock()
        self._faults: list[_ArmedFault] = []
        self._counts = Counts()
        self._requests: deque[Recorded] = deque(maxlen=_REMEMBERED)

    @property
    def base_path(self) -> str:
        return f"/{self.name}{self.wire.base_path}"

    def takes(self, key: str) -> bool:
        if self.keys is None:
            return not any(word in key.lower() for word in _BAD_WORDS)
        return key in self.keys

    def set_models(self, models: Sequence[str]) -> None:
        """Only these from now on; an empty list restores the vendor's own."""
        if models:
            self.catalogue = Catalogue(listed=tuple(models))
        else:
            self.catalogue = Catalogue(listed=self.wire.default_models, families=self.wire.families)

    def behave(self, manners: Manners) -> None:
        """An account of an OpenAI-compatible vendor behaves so from now on. Raises ValueError for another vendor's."""
        if self.wire.vendor is not Vendor.OPENAI:
            raise ValueError(f"{self.name!r} does not speak OpenAI's protocol")
        self.wire = OpenAIWire(manners)

    def arm(self, faults: Iterable[Fault]) -> None:
        """In place of those before; none heals the account."""
        armed = [_ArmedFault(fault) for fault in faults]
        with self._lock:
            self._faults = armed

    def faults(self) -> tuple[Fault, ...]:
        """Those that can still strike."""
        with self._lock:
            return tuple(armed.fault for armed in self._faults if not armed.spent)

    def begin(self, recorded: Recorded) -> Fault | None:
        """Counts and keeps a request, and says which fault strikes it."""
        with self._lock:
            self._counts.add(recorded.ask)
            self._counts.open += 1
            self._requests.append(recorded)
            struck = next((a for a in self._faults if recorded.ask and a.strikes(recorded.ask)), None)
            if struck is None:
                return None
            self._counts.faulted += 1
            recorded.fault = struck.fault.name
            return struck.fault

    def end(self, *, abandoned: bool) -> None:
        with self._lock:
            self._counts.open -= 1
            self._counts.abandoned += abandoned

    def counts(self) -> Counts:
        """A copy."""
        with self._lock:
            return replace(self._counts)

    def requests(self) -> tuple[Recorded, ...]:
        """The last 500, oldest first."""
        with self._lock:
            return tuple(self._requests)

    def forget(self) -> None:
        """Counters and recorded requests; those being answered stay counted as open."""
        with self._lock:
            self._counts = Counts(open=self._counts.open)
            self._requests.clear()

    def reset(self) -> None:
        """As it was when made."""
        self.arm(())
        self.forget()
        self.ledger.clear()
        self.keys, self.script, self.purse = None, Script(), None
        self.wire = WIRES[self.wire.vendor]
        self.set_models(())


class VendorAccounts:
    """All accounts, by name; one for each vendor from the start."""

    def __init__(self) -> None:
        self._serial = 0
        self._accounts = {vendor.value: Account(vendor.value, vendor) for vendor in Vendor}

    def next_serial(self) -> int:
        """Counts exchanges from 1; called on the event loop only."""
        self._serial += 1
        return self._serial

    def account(self, name: str) -> Account:
        """Raises KeyError."""
        return self._accounts[name]

    def find(self, name: str) -> Account | None:
        return self._accounts.get(name)

    def accounts(self) -> tuple[Account, ...]:
        return tuple(self._accounts.values())

    def add(self, name: str, vendor: Vendor) -> Account:
        """The account of that name, made if need be. Raises ValueError for a name that is taken or cannot
        be in a path."""
        known = self._accounts.get(name)
        if known and known.wire.vendor is vendor:
            return known
        if known or name in _RESERVED or not all(letter.isalnum() or letter in "-_." for letter in name):
            raise ValueError(f"{name!r} cannot be the name of a {vendor} account")
        self._accounts[name] = Account(name, vendor)
        return self._accounts[name]

    def reset(self) -> None:
        """Every account as new; added ones stay."""
        for account in self.accounts():
            account.reset()


def shown(account: Account, origin: str, *, last: int = 3) -> Json:
    """An account as the control API shows it."""
    return {
        "kind": account.wire.vendor,
        "base_url": f"{origin}{account.base_path}",
        "fault": next((fault.name.value for fault in account.faults()), "ok"),
        "faults": [fault.name.value for fault in account.faults()],
        "calls": account.counts().shown(),
        "models": list(account.catalogue.listed),
        "last_requests": [
            {"number": r.number, "path": r.path, "model": r.model, "fault": r.fault, "status": r.status}
            for r in account.requests()[-last:]
        ],
    }
