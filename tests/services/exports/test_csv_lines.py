"""Cells that a spreadsheet would run."""

import csv
import io

import pytest

from llm.services.exports.csv_lines import csv_line


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_a_cell_that_a_spreadsheet_would_run_is_text(text: str) -> None:
    assert next(csv.reader(io.StringIO(csv_line([text, -1]), newline=""))) == [f"'{text}", "-1"]
