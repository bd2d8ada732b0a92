"""The project's URLs: the API at the root, and the admin."""

from django.contrib import admin
from django.urls import include, path

from djobea.home import home
from djobea.sign_in.views import set_up

urlpatterns = [
    path("admin/", include([path("second-factor/", admin.site.admin_view(set_up), name="second-factor")])),
    path("admin/", include("llm.admin.console.urls")),
    path("admin/", include("llm.admin.urls")),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", home, name="home"),
    path("", include("llm.api.urls")),
    path("api/ai-suggestions/", include("suggestions.urls")),
    path("api/", include("conversations.urls")),
]
