"""The sentences of alerts, one table for each language."""

from llm.alerts.phrases.english import EN
from llm.alerts.phrases.french import FR
from llm.alerts.phrases.table import Phrases

__all__ = ["EN", "FR", "Phrases"]
