"""Pages of several processes: the living are summed, the dead are folded once, whatever kills a process."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from llm.stores.metrics import pages
from llm.stores.metrics.layout import BOUNDS, CELLS, Counter, Gauge, Histogram, bucket_of, sum_of
from llm.stores.metrics.page import SUFFIX, Page
from llm.stores.metrics.pages import read_pages

COUNTING = """
import sys, time
from pathlib import Path
from llm.stores.metrics.layout import Counter, Gauge, Histogram
from llm.stores.metrics.page import Page
page = Page(lambda: Path(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    page.add(Counter.REFUSED_LIMIT)
    page.add(Gauge.IN_FLIGHT)
    page.observe(Histogram.CALL, 0.75)
print("counted", flush=True)
time.sleep(60)
"""
Start = Callable[[int], "subprocess.Popen[str]"]


@pytest.fixture
def own(tmp_path, monkeypatch) -> Page:
    """This process's page, in a folder of the test's."""
    page = Page(lambda: tmp_path)
    monkeypatch.setattr(pages, "page", page)
    yield page
    page.close()


@pytest.fixture
def start(tmp_path) -> Start:
    """Starts processes that count, and stay until they are killed."""
    started = []

    def counting(times: int) -> "subprocess.Popen[str]":
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "djobea.settings"}
        command = [sys.executable, "-c", COUNTING, str(tmp_path), str(times)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)  # noqa: S603  our own words
        started.append(process)
        assert process.stdout.readline() == "counted\n"
        return process

    yield counting
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_the_living_are_summed_and_a_killed_ones_counters_stay_without_its_gauges(own, start, tmp_path):
    own.add(Counter.REFUSED_LIMIT)
    first, _ = start(3), start(4)
    seen = read_pages(tmp_path)
    assert len(seen.living) == 3
    assert (seen.counter(Counter.REFUSED_LIMIT), seen.gauge(Gauge.IN_FLIGHT)) == (8, 7)
    first.send_signal(signal.SIGKILL)
    first.wait()
    for _ in range(2):
        seen = read_pages(tmp_path)
        assert len(seen.living) == 2
        assert (seen.counter(Counter.REFUSED_LIMIT), seen.gauge(Gauge.IN_FLIGHT)) == (8, 4)
        assert seen.counter(sum_of(Histogram.CALL)) == 7 * 0.75


def test_a_reader_that_dies_after_it_has_folded_a_page_has_not_counted_it_twice(own, tmp_path, monkeypatch):
    gone = Page(lambda: tmp_path)
    gone.add(Counter.REFUSED_BUDGET, 5)
    gone.close()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", lambda *_, **__: (_ for _ in ()).throw(OSError("killed here")))
        read_pages(tmp_path)
    assert len(list(tmp_path.glob(f"*{SUFFIX}"))) == 2
    assert read_pages(tmp_path).counter(Counter.REFUSED_BUDGET) == 5
    assert len(list(tmp_path.glob(f"*{SUFFIX}"))) == 1


def test_a_forks_child_counts_on_a_page_of_its_own(own, tmp_path):
    own.add(Counter.REFUSED_LIMIT)
    child = os.fork()
    if child == 0:
        own.add(Counter.REFUSED_LIMIT, 10)
        os._exit(0)
    os.waitpid(child, 0)
    seen = read_pages(tmp_path)
    assert (len(seen.living), seen.counter(Counter.REFUSED_LIMIT), own.get(Counter.REFUSED_LIMIT)) == (1, 11, 1)


def test_without_a_folder_this_process_counts_in_memory(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    page = Page(lambda: tmp_path / "file" / "metrics")
    monkeypatch.setattr(pages, "page", page)
    page.add(Counter.REFUSED_LIMIT)
    assert read_pages(tmp_path / "file" / "metrics").counter(Counter.REFUSED_LIMIT) == 1


def test_no_two_numbers_share_a_cell():
    cells = [*Gauge, *Counter]
    for histogram, bounds in BOUNDS.items():
        cells += [*(bucket_of(histogram, bound) for bound in bounds), bucket_of(histogram, 1e9), sum_of(histogram)]
    assert sorted(cells) == list(range(CELLS))
