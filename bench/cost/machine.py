"""What processes use, read from proc(5): CPU seconds and resident memory of a process and of its descendants."""

import os
from collections.abc import Iterator
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


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
        fields = dict(
            line.split(":", 1) for line in Path(f"/proc/{one}/status").read_text().splitlines() if line.startswith("Vm")
        )
        now += int(fields["VmRSS"].split()[0])
        peak += int(fields["VmHWM"].split()[0])
    return now / 1024, peak / 1024


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
