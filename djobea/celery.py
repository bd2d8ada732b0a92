"""Celery's application, for `celery -A djobea worker -B` in place of `manage.py llm_worker`.

Only Celery imports it, so web workers and `manage.py` run without requirements-celery.txt.
"""

import os

import django
from celery import Celery
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "djobea.settings")
django.setup(set_prefix=False)

from llm.alerts.conf import alert_settings  # noqa: E402  Django must be set up first
from llm.tasks import beat_schedule  # noqa: E402  the same

if not settings.CELERY_BROKER_URL:
    raise ImproperlyConfigured("Celery needs CELERY_BROKER_URL; without a broker, run `manage.py llm_worker` instead.")
alert_settings()

app = Celery("djobea")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = beat_schedule()
