"""What processes use, read from proc(5): CPU seconds and resident memory of a process and of its descendants."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """A process's memory in MiB: resident, and its share of it (PSS), in which pages that n processes share count 1/n.

    The kernel keeps the peak of the first alone. What grows is the process's own, so the share's peak follows from it.
    """

    rss_mib: float
    pss_mib: float
    peak_rss_mib: float

    @property
    def peak_pss_mib(self) -> float:
        return self.pss_mib + self.peak_rss_mib - self.rss_mib


def cpu_s(pid: int) -> float:
    """CPU seconds of the process and its living descendants, user and system."""
    return sum(_cpu_s(one) for one in family(pid))


def postgresql_cpu_s() -> float:
    """CPU seconds of all processes of PostgreSQL on this machine, ended ones included."""
    servers = [pid for pid in _processes() if _name(pid) == "postgres" and _name(_parent(pid)) != "postgres"]
    return sum(cpu_s(pid) + _ended_children_s(pid) for pid in servers)


def forget_peaks(pid: int) -> None:
    """Begins to measure the peak of memory anew (proc(5), clear_refs); needs root or the same user."""
    for one in family(pid):
        Path(f"/proc/{one}/clear_refs").write_text("5")


def memory_mib(pid: int) -> tuple[float, float]:
    """Resident memory of the process and its descendants in MiB: now, and at its peak."""
    now, peak = 0, 0
    for one in family(pid):
        fields = _fields(f"/proc/{one}/status")
        now += int(fields.get("VmRSS", "0").split()[0])  # one that has just ended has none
        peak += int(fields.get("VmHWM", "0").split()[0])
    return now / 1024, peak / 1024


def largest_worker(pid: int) -> Memory:
    """The memory of the largest process of the family that has no children: of a server's workers, or of itself."""
    parents = {_parent(one) for one in _processes()}
    return max(map(_memory, (one for one in family(pid) if one not in parents)), key=lambda memory: memory.peak_rss_mib)


def _memory(pid: int) -> Memory:
    status, rollup = _fields(f"/proc/{pid}/status"), _fields(f"/proc/{pid}/smaps_rollup")
    rss, pss, peak = (int(value.split()[0]) / 1024 for value in (status["VmRSS"], rollup["Pss"], status["VmHWM"]))
    return Memory(rss_mib=rss, pss_mib=pss, peak_rss_mib=peak)


def _fields(path: str) -> dict[str, str]:
    """The lines `name: value` of a file of proc(5)."""
    pairs = (line.partition(":") for line in Path(path).read_text().splitlines())
    return {name: value for name, _, value in pairs if value}


def family(pid: int) -> Iterator[int]:
    """The process and its living descendants."""
    yield pid
    for other in _processes():
        if _parent(other) == pid:
            yield from family(other)


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on; none of a process that has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _parent(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def _cpu_s(pid: int) -> float:
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / TICKS if fields else 0.0


def _ended_children_s(pid: int) -> float:
    fields = _stat(pid)
    return (int(fields[13]) + int(fields[14])) / TICKS if fields else 0.0
