"""Django's names of the formats: https://docs.djangoproject.com/en/5.2/ref/settings/#format-module-path."""

DATE_FORMAT = SHORT_DATE_FORMAT = "j b Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "j b Y H:i"
