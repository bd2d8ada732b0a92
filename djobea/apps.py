"""The project as an app, for its commands and templates."""

from django.apps import AppConfig


class DjobeaConfig(AppConfig):
    name = "djobea"
