"""The one table of the wire protocols that the simulator speaks."""

from collections.abc import Mapping

from llm.simulator.claude import ClaudeWire
from llm.simulator.gemini import GeminiWire
from llm.simulator.http.exchange import Vendor
from llm.simulator.openai import OpenAIWire
from llm.simulator.wire import Wire

WIRES: Mapping[Vendor, Wire] = {
    Vendor.CLAUDE: ClaudeWire(),
    Vendor.GEMINI: GeminiWire(),
    Vendor.OPENAI: OpenAIWire(),
}
