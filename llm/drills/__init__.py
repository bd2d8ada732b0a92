"""Drills: set faults on simulated vendors, send requests, check the product's promises.

`manage.py llm_drill` and the test suite play them.
"""

from llm.drills.catalogue import CATALOGUE
from llm.drills.drill import Drill
from llm.drills.report import DrillReport
from llm.drills.runner import Runner

__all__ = ["CATALOGUE", "Drill", "DrillReport", "Runner"]
