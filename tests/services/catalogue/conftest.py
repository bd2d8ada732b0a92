"""A vendor of the catalogue, played by the simulator."""

from typing import Any

import pytest

from llm.services.catalogue.drafts import Draft, draft_of
from llm.simulator import Simulator
from llm.simulator.openai.manners import Manners

KEY = "sk-mistral-0123456789"
MODELS = ("mistral-large-latest", "mistral-small-latest", "a-model-without-a-price")


class Vendor:
    """Mistral, as it behaves."""

    def __init__(self, sim: Simulator) -> None:
        self.sim = sim
        sim.add_account("mistral", "openai", models=MODELS)
        self.behaves()

    def behaves(self, **manners: Any) -> None:
        differences = {"limit_field": "max_tokens", "tool_id": "[a-zA-Z0-9]{9}", "extra": frozenset({"random_seed"})}
        self.sim.behave("mistral", Manners(**differences, **manners))

    def draft(self, model: str = "mistral-small-latest", key: str = KEY) -> Draft:
        return draft_of("mistral", api_key=key, base_url=self.sim.url("mistral"), model=model)


@pytest.fixture
def mistral(sim: Simulator, transactional_db: None, settings: Any) -> Vendor:
    settings.LLM = {**settings.LLM, "ALLOW_PRIVATE_HOSTS": ["127.0.0.0/8"]}
    return Vendor(sim)
