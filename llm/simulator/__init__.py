"""The three vendors' wire protocols on loopback with switchable faults, for tests, demos, benchmarks and
people without keys. No Django."""

from llm.simulator.faults import BadFault, Fault, FaultName, Scope
from llm.simulator.running import Simulator
from llm.simulator.server import serve

__all__ = ["BadFault", "Fault", "FaultName", "Scope", "Simulator", "serve"]
