"""The door of the gateway: what views, commands, the admin and the other apps may call."""

from llm.adapters.structured_output.json_schema import schema_fault
from llm.services.calls.run import complete, complete_sync, static_text, stream, stream_sync
from llm.services.consumers import authenticate
from llm.services.control import control, override, release
from llm.services.models import ServedModel, resolve_model, served_models
from llm.services.probes.run import (
    ProbeResult,
    TestResult,
    probe,
    probe_sync,
    reset,
    test,
)
from llm.services.probes.schedule import probe_due, probe_due_sync
from llm.services.providers import SyncReport, has_key, set_api_key, sync_providers
from llm.services.status import HealthSummary, ProviderStatus, Status, health_summary, status, status_sync

__all__ = [
    "HealthSummary",
    "ProbeResult",
    "ProviderStatus",
    "ServedModel",
    "Status",
    "SyncReport",
    "TestResult",
    "authenticate",
    "complete",
    "complete_sync",
    "control",
    "has_key",
    "health_summary",
    "override",
    "probe",
    "probe_due",
    "probe_due_sync",
    "probe_sync",
    "release",
    "reset",
    "resolve_model",
    "schema_fault",
    "served_models",
    "set_api_key",
    "static_text",
    "status",
    "status_sync",
    "stream",
    "stream_sync",
    "sync_providers",
    "test",
]
