"""The running simulator, by its control API: its accounts, and the fault of each."""

from dataclasses import dataclass
from typing import Any

from llm.conf import llm_settings
from llm.core.exceptions import LLMError
from llm.simulator.faults.catalogue import FaultName
from llm.simulator.remote import Unreachable, control

HEALTHY = "ok"


class SimulatorAway(LLMError):
    """No simulator answers, or the vendors are real."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The simulator does not answer: {why}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A simulated account. `fault`: the name of the one that is set, `ok` without any; `calls`: completions asked."""

    name: str
    kind: str
    fault: str
    calls: int


def is_running() -> bool:
    """Whether the simulator stands in for the vendors, by the settings."""
    return llm_settings().simulated


def accounts() -> list[Account]:
    """Raises SimulatorAway."""
    shown = _ask("GET", "")["accounts"]
    return [
        Account(name=name, kind=one["kind"], fault=one["fault"], calls=one["calls"]["completions"])
        for name, one in shown.items()
    ]


def set_fault(account: str, fault: FaultName | None) -> None:
    """Sets the fault of one account in place of others; None heals it. Raises SimulatorAway."""
    if account not in {one.name for one in accounts()}:
        raise SimulatorAway(f"it has no account {account!r}")
    if fault is None:
        _ask("DELETE", f"/{account}/fault")
    else:
        _ask("POST", f"/{account}/fault", content=str(fault))


def _ask(method: str, path: str, *, content: str = "") -> dict[str, Any]:
    if not is_running():
        raise SimulatorAway("the vendors are real")
    try:
        return control(llm_settings().simulator_port, method, path, content)
    except Unreachable as error:
        raise SimulatorAway(str(error)) from None
