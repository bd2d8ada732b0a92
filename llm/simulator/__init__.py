"""The three vendors' wire protocols on loopback with switchable faults, for tests, demos, benchmarks and
people without keys. No Django."""

from llm.simulator.faults.catalogue import BadFault, Fault, FaultName, FaultScope
from llm.simulator.http.server import serve
from llm.simulator.running import Simulator

__all__ = ["BadFault", "Fault", "FaultName", "FaultScope", "Simulator", "serve"]
