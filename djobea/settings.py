"""The project's settings, read from the environment and from `.env` in the project's folder.

Every variable is described in `.env.example`. A variable of the process beats the one in `.env`.
"""

from datetime import timedelta
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import SimpleLazyObject

from djobea import cors, csp
from djobea import env as read

BASE_DIR = Path(__file__).resolve().parent.parent

ENV_FILE = read.load(BASE_DIR / ".env")
env = read.Environment()

DATA_DIR = BASE_DIR / (env.str("DATA_DIR", default="").strip() or "var")
"""All that the product writes is under it. It is made when something is written."""

DEBUG = read.flag(env, "DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    SECRET_KEY = SimpleLazyObject(lambda: read.secret_key(DATA_DIR))  # made at first use: `check` may run read-only
elif not DEBUG and read.is_weak(SECRET_KEY):
    raise ImproperlyConfigured(
        "SECRET_KEY is too weak to run with DEBUG off: use at least 50 random characters, for example from "
        "`python -c 'import secrets; print(secrets.token_urlsafe(64))'`."
    )
ALLOWED_HOSTS = read.host_names(env, "ALLOWED_HOSTS") or ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = read.comma_list(env.str("CSRF_TRUSTED_ORIGINS", default=""))

INSTALLED_APPS = [
    "djobea",
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "corsheaders",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "csp",
    "auditlog",
    "llm",
    "suggestions",
    "conversations",
]

# Browsers on these origins may call the API with a key of their own; cookies are never taken from them.
CORS_ALLOWED_ORIGINS = read.comma_list(env.str("CORS_ALLOWED_ORIGINS", default=""))
CORS_ALLOW_ALL_ORIGINS = "*" in CORS_ALLOWED_ORIGINS
if CORS_ALLOW_ALL_ORIGINS:
    CORS_ALLOWED_ORIGINS = []
CORS = ["corsheaders.middleware.CorsMiddleware"] if CORS_ALLOW_ALL_ORIGINS or CORS_ALLOWED_ORIGINS else []
CORS_URLS_REGEX = r"^/(v1|api)/"
CORS_ALLOW_HEADERS = cors.REQUEST_HEADERS
CORS_EXPOSE_HEADERS = cors.RESPONSE_HEADERS

MIDDLEWARE = [
    "web.middleware.RequestIdMiddleware",
    *CORS,
    "django.middleware.security.SecurityMiddleware",
    "djobea.csp.PolicyMiddleware",
    "djobea.static.StaticFilesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "djobea.reader_zone.ReaderZoneMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "web.middleware.ActingUserMiddleware",
    "djobea.sign_in.middleware.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "web.middleware.ApiErrorsMiddleware",
    "axes.middleware.AxesMiddleware",
]

# For requests with a key of their own: djobea/api_handler.py. The middle two stand for Django's SecurityMiddleware
# and for CommonMiddleware's check of the host.
API_MIDDLEWARE = [
    "web.middleware.RequestIdMiddleware",
    *CORS,
    "web.middleware.SecurityHeadersMiddleware",
    "web.middleware.AllowedHostMiddleware",
    "web.middleware.ApiErrorsMiddleware",
]

# Path -> the function that writes errors below it: `(ApiError, request id) -> JSON object`. The longest path counts.
# Errors elsewhere have the shape of `web.errors.own_body`.
ERROR_FORMATS = {
    "/v1": "llm.api.openai.errors.body",
    "/v1/messages": "llm.api.anthropic.errors.body",
}
# Path -> the name by which a key's rights know the endpoints under it; all others are `operate`.
KEY_ENDPOINTS = {
    "/v1/chat/completions": "chat",
    "/v1/messages": "messages",
    "/v1/messages/count_tokens": "count_tokens",
    "/v1/models": "models",
    "/api/ai-suggestions": "suggestions",
    "/api/conversations": "conversations",
    "/api/llm/test": "test",
}
# Path -> the header in which the clients of that API look for the request's id, beside X-Request-ID.
REQUEST_ID_HEADERS = {"/v1/messages": "request-id"}

ROOT_URLCONF = "djobea.urls"
ASGI_APPLICATION = "djobea.asgi.application"
WSGI_APPLICATION = "djobea.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": read.database(env, DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = read.redis_address(env)
CACHES = read.caches(REDIS_URL)

# People's sign-ins; consumer keys are judged by `llm.services.access.consumers`. Axes must come first: it refuses
# before the password is hashed.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
# Counted in the database, which all workers share; at most what one cool-off time brings is kept.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "djobea.sign_in.address.client_address"
AXES_LOCKOUT_CALLABLE = "djobea.sign_in.lockout.locked_out"
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False  # djobea/admin.py has the screen
AXES_VERBOSE = False

ADMIN_SECOND_FACTOR = read.flag(env, "ADMIN_SECOND_FACTOR", False)
OTP_TOTP_ISSUER = "Djobea"
OTP_ADMIN_HIDE_SENSITIVE_DATA = True

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français")]
TIME_ZONE = "UTC"
USE_TZ = True
FORMAT_MODULE_PATH = "djobea.formats"

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

METRICS_TOKEN = read.token(env, "METRICS_TOKEN")
"""The bearer token of /metrics; empty: people and keys with the right alone."""

BEHIND_TLS_PROXY = read.flag(env, "BEHIND_TLS_PROXY", False)
SESSION_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS_PROXY else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS_PROXY
# Probes of orchestrators ask the port itself, over http.
SECURE_SSL_REDIRECT = read.flag(env, "HTTPS_REDIRECT", False)
SECURE_REDIRECT_EXEMPT = [r"^livez/?$", r"^readyz/?$", r"^api/llm/health/?$", r"^metrics/?$"]
SECURE_HSTS_SECONDS = read.seconds(env, "HSTS_SECONDS", 0, most=10**9)
# Both bind other hosts of the domain, for which this service cannot speak; a proxy may send them.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
CONTENT_SECURITY_POLICY = csp.POLICY
DATA_UPLOAD_MAX_MEMORY_SIZE = read.whole(env, "MAX_REQUEST_BYTES", 25 * 1024 * 1024, most=2**31)
MAX_BODIES_BYTES = read.whole(env, "MAX_BODIES_BYTES", 8 * DATA_UPLOAD_MAX_MEMORY_SIZE, most=2**40)
MAX_HEADER_BYTES = read.whole(env, "MAX_HEADER_BYTES", 64 * 1024, most=2**20)
MAX_HEADERS = read.whole(env, "MAX_HEADERS", 100, most=10_000)
HEADER_TIMEOUT_S = read.number(env, "HEADER_TIMEOUT_S", 10.0, most=3_600)
BODY_TIMEOUT_S = read.number(env, "BODY_TIMEOUT_S", 60.0, most=3_600)
KEEP_ALIVE_S = read.number(env, "KEEP_ALIVE_S", 5.0, most=3_600)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "web.rest.auth.ConsumerKeyAuthentication",
        "web.rest.auth.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["web.rest.permissions.Denied"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "web.rest.views.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Djobea LLM gateway",
    "DESCRIPTION": "One request, three vendors, always an answer: Claude, Gemini, OpenAI, then a static text.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "EXTENSIONS_INFO": {
        # Of every text in a body: JSON Schema says them only by a pattern for each field.
        "x-rules": ["This field may not be blank.", "Null characters are not allowed."],
    },
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    # Two tables have a `kind`, and one of the two sets of values has a second name in the API.
    "ENUM_NAME_OVERRIDES": {
        "ProviderKindEnum": "llm.kinds.kind_choices",
        "EntryKindEnum": "llm.models.wallet.ENTRY_KINDS",
    },
}

read.vendors(env)
LLM = {
    "PRIORITY": read.comma_list(env.str("LLM_PRIORITY", default="")) or ["claude", "gemini", "openai"],
    "DEADLINE_S": read.number(env, "LLM_DEADLINE_S", 60.0, most=86_400),
    "DRAIN_S": read.number(env, "LLM_DRAIN_S", 30.0, zero=True, most=86_400),
    "SECRET_KEYS": read.comma_list(env.str("LLM_SECRET_KEYS", default="")),
    "SIMULATOR": env.str("LLM_SIMULATOR", default="") or "auto",
    "SIMULATOR_PORT": read.whole(env, "LLM_SIMULATOR_PORT", 8099, most=65_535),
    "TRANSPORT": env.str("LLM_TRANSPORT", default="") or "lean",
    "GEMINI_SDK": env.str("GEMINI_SDK", default="") or "genai",
    "KEEP_CONTENT": read.flag(env, "LLM_KEEP_CONTENT", False),
    "RETENTION_DAYS": read.whole(env, "LLM_RETENTION_DAYS", 90, most=36_500),
    "TIME_ZONE": env.str("LLM_TIME_ZONE", default="") or "UTC",
    "JOURNAL_DIR": env.str("LLM_JOURNAL_DIR", default="") or str(DATA_DIR / "journal"),
    "AUTO_SYNC": read.flag(env, "LLM_AUTO_SYNC", True),
    "TEST_RATE": read.rate(env, "LLM_TEST_RATE", "10/min"),
    "PROBE_BUDGET_USD": read.number(env, "LLM_PROBE_BUDGET_USD", 1.0, zero=True),
    "ALLOW_PRIVATE_HOSTS": read.comma_list(env.str("LLM_ALLOW_PRIVATE_HOSTS", default="")),
    "PUBLIC_URL": env.str("LLM_PUBLIC_URL", default="").strip().rstrip("/"),
    **read.tracing(env),
    "STORE_PATIENCE_S": read.number(env, "LLM_STORE_PATIENCE_S", 0.04),
}

CELERY_BROKER_URL = read.broker(env)
CELERY_TASK_DEFAULT_QUEUE = env.str("CELERY_QUEUE", default="") or "djobea"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

LLM_ALERTS = {
    "EMAILS": read.comma_list(env.str("LLM_ALERT_EMAILS", default="")),
    "WEBHOOK_URL": env.str("LLM_ALERT_WEBHOOK_URL", default="").strip(),
    "WEBHOOK_SECRET": env.str("LLM_ALERT_WEBHOOK_SECRET", default=""),
    "LANGUAGE": env.str("LLM_ALERT_LANGUAGE", default="") or "en",
}
globals().update(read.mail(env))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="") or "djobea@localhost"

SENTRY_DSN = read.sentry(env)

LOGGING = read.logging_config(json=read.flag(env, "LOG_JSON", False), level=read.log_level(env))

KNOWN_VARIABLES = frozenset(env.names)
"""Every variable that is read above. `manage.py check` names the others; a test compares `.env.example` with it."""

from djobea.unfold import UNFOLD  # noqa: E402, F401  in a module of its own because it is long
