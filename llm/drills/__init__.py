"""Drills: faults set on simulated vendors, requests made, promises checked. `manage.py llm_drill` plays them,
and so does the test suite."""

from llm.drills.catalogue import CATALOGUE
from llm.drills.drill import Drill
from llm.drills.report import Report
from llm.drills.runner import Runner

__all__ = ["CATALOGUE", "Drill", "Report", "Runner"]
