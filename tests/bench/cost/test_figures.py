"""Rows, their ratios to the bare door, and what is said of two runs."""

import os
from dataclasses import replace

from bench.cost.compare import compared
from bench.cost.figures import Row, Setting, Use, row, with_ratios
from bench.cost.load import Job, Sample
from bench.cost.machine import Memory, largest_worker
from bench.cost.report import table

SAMPLE = Sample(elapsed_s=2.0, failed=1, latencies=[0.01, 0.02, 0.03])


def of(system: str, cpu_s: float, database: str = "PostgreSQL", workers: int = 1) -> Row:
    setting = Setting(system=system, database=database, workers=workers)
    return row(setting, Job(name="plain", requests=4), SAMPLE, Use(cpu_s=cpu_s, rss_mib=100.0))


def test_figures_are_a_request_and_of_good_answers_alone() -> None:
    measured = of("gateway", 0.4)
    assert (measured.cpu_ms, measured.p50_ms, measured.failed) == (100.0, 20.0, 1)
    assert measured.per_second == 1.5


def test_a_ratio_is_to_the_bare_door_of_the_same_database_and_one_worker() -> None:
    rows = [of("bare", 0.1), of("bare", 0.2, "SQLite"), of("gateway", 0.4), of("gateway", 0.4, "SQLite", 2)]
    assert [row.ratio_to_bare for row in with_ratios(rows, "bare")] == [1.0, 1.0, 4.0, 2.0]


def test_a_program_without_a_database_is_compared_with_any_bare_door() -> None:
    assert with_ratios([of("sdk", 0.2, ""), of("bare", 0.1)], "bare")[0].ratio_to_bare == 2.0
    assert with_ratios([of("sdk", 0.2, "")], "bare")[0].ratio_to_bare is None


def test_a_worker_s_memory_stands_in_its_row_and_in_the_table() -> None:
    idle = Memory(rss_mib=100.0, pss_mib=60.0, peak_rss_mib=100.0)
    after = Memory(rss_mib=120.0, pss_mib=80.0, peak_rss_mib=150.0)
    use = Use(cpu_s=1.0, rss_mib=300.0, idle=idle, worker=after)
    measured = row(Setting(system="gateway"), Job(name="plain", requests=4), SAMPLE, use)
    assert (measured.worker_idle_pss_mib, measured.worker_peak_rss_mib, measured.worker_peak_pss_mib) == (60, 150, 110)
    assert "100 / 150  60 / 110" in table([measured])


def test_a_process_without_children_is_its_own_worker() -> None:
    memory = largest_worker(os.getpid())
    assert min(memory.pss_mib, memory.rss_mib, memory.peak_rss_mib) > 0


def test_what_became_slower_by_more_than_a_tenth_is_named() -> None:
    before = with_ratios([of("bare", 0.1), of("gateway", 0.4)], "bare")
    after = [before[0], replace(before[1], ratio_to_bare=5.0)]
    assert compared(before, after) == "slower: gateway, plain (PostgreSQL): 4.00 -> 5.00"
    assert compared(before, before) == "No row became slower by more than a tenth."
    assert compared([], after) == "There is no earlier run to compare with."


def test_the_table_has_a_line_a_row() -> None:
    lines = table(with_ratios([of("bare", 0.1), of("gateway", 0.4, workers=2)], "bare")).splitlines()
    assert lines[1].startswith("bare, plain (PostgreSQL)")
    assert lines[2].startswith("gateway, plain (PostgreSQL, 2 workers)")
    assert "4.00" in lines[2]
