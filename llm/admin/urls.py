"""The operators' pages that are no list of rows. Each judges the right to it."""

from typing import Any

from django.contrib import admin
from django.urls import URLPattern, path

from llm.admin.drills.page import drills_page
from llm.admin.playground.page import playground_ask, playground_page
from llm.admin.providers.adding import pages as adding
from llm.admin.simulator.page import simulator_page
from llm.admin.whatif.page import what_if_page


def _step(route: str, view: Any, name: str) -> URLPattern:
    return path(f"add-provider/{route}", admin.site.admin_view(view), name=f"llm-add-provider{name}")


urlpatterns = [
    _step("like/<uuid:pk>/", adding.like_view, "-like"),
    _step("", adding.vendors_page, ""),
    _step("<slug:preset>/", adding.account_page, "-account"),
    _step("<slug:preset>/models/", adding.models_page, "-models"),
    _step("<slug:preset>/test/", adding.test_page, "-test"),
    path("playground/", admin.site.admin_view(playground_page), name="llm-playground"),
    path("playground/ask/", admin.site.admin_view(playground_ask), name="llm-playground-ask"),
    path("what-if/", admin.site.admin_view(what_if_page), name="llm-what-if"),
    path("drills/", admin.site.admin_view(drills_page), name="llm-drills"),
    path("simulator/", admin.site.admin_view(simulator_page), name="llm-simulator"),
]
