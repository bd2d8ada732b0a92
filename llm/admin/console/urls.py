"""The addresses of the console's pages, below /admin/."""

from django.urls import path

from llm.admin.console.calls import page as calls
from llm.admin.console.overview import page as overview
from llm.admin.console.usage import latency, spend

app_name = "console"

urlpatterns = [
    path("console/now/", overview.upper_view, name="upper"),
    path("console/day/", overview.lower_view, name="lower"),
    path("console/calls/live/", calls.live, name="calls-live"),
    path("console/calls.csv", calls.export, name="calls-csv"),
    path("console/spend/", spend.page, name="spend"),
    path("console/spend.csv", spend.as_csv, name="spend-csv"),
    path("console/latency/", latency.page, name="latency"),
    path("console/latency.csv", latency.as_csv, name="latency-csv"),
]
