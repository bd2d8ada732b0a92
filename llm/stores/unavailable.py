"""The errors that mean the database is unavailable. An import of Django's database layer, so apart from Redis's."""

from django.db import DatabaseError, InterfaceError

UNAVAILABLE = (DatabaseError, InterfaceError)
