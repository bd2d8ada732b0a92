"""The WSGI entry point, for tools that want one; streams need ASGI."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "djobea.settings")
application = get_wsgi_application()
