"""The one settings file. Values come from the environment, then from `.env`, then from the defaults here."""

from pathlib import Path
from typing import Any

import environ
import structlog

from integrationhub import backoffice, keys, masked_logs

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(str(BASE_DIR / ".env"))


def _integer(name: str, *, default: int, most: int) -> int:
    """A whole number from 1 to `most`. Anything else ends the process, naming the setting."""
    text = env.str(name, default=str(default))
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise SystemExit(f"{name} must be a whole number from 1 to {most}; it is {text!r}.")
    return int(text)


DATA_DIR = Path(env.str("HUB_DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
_keys = keys.load_or_create(DATA_DIR)

PORT = _integer("PORT", default=8000, most=65_534)
ERP_PORT = _integer("ERP_PORT", default=PORT + 1, most=65_535)

SECRET_KEY = env.str("HUB_SECRET_KEY", default=_keys["secret_key"])
# Newest first: the first key encrypts, all of them decrypt.
HUB_ENCRYPTION_KEYS = env.list("HUB_ENCRYPTION_KEYS", default=keys.KeyRing(DATA_DIR))
DEBUG = env.bool("HUB_DEBUG", default=False)
ALLOWED_HOSTS = env.list("HUB_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("HUB_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_q",
    "simple_history",
    "integrationhub.apps.SignInsConfig",
    "csp",
    "django_structlog",
    "integrationhub.apps.IntegrationHubConfig",
    "integrations.apps.IntegrationsConfig",
    "queues.apps.QueueConfig",
    "channels.apps.IntegrationChannelsConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "channels.front.HooksFirstMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "integrationhub.security.ContentSecurityPolicyMiddleware",
    "integrationhub.wire.authentication.prefixes.ClientPrefixMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "integrationhub.urls"
WSGI_APPLICATION = "integrationhub.wsgi.application"
ASGI_APPLICATION = "integrationhub.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "integrationhub" / "templates"],
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

# Databases: SQLite is the embedded default, PostgreSQL (DATABASE_URL) the production target.

_SQLITE_OPTIONS = {
    "timeout": 20,
    # A transaction that reads first and writes later fails at once under WAL unless it starts as a writer.
    "transaction_mode": "IMMEDIATE",
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA journal_size_limit=67108864;"
        "PRAGMA cache_size=-20000; PRAGMA mmap_size=134217728"
    ),
}
_POSTGRESQL_OPTIONS = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15000,
    "options": "-c statement_timeout=30000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=60000"
    # JIT compiles a scan for longer than the scan takes.
    " -c jit=off",
}


def _database(url: str) -> dict[str, Any]:
    if url.partition(":")[0] not in {"sqlite", "postgres", "postgresql"}:
        raise SystemExit(
            "DATABASE_URL must begin with postgresql:// or sqlite:///, such as sqlite:////data/hub.sqlite3"
        )
    config: dict[str, Any] = env.db_url_config(url)
    postgresql = config["ENGINE"] == "django.db.backends.postgresql"
    config["OPTIONS"] = {
        **(_POSTGRESQL_OPTIONS if postgresql else _SQLITE_OPTIONS),
        **config.get("OPTIONS", {}),
    }
    # No pool: the cluster forks, and a pool does not survive that.
    return {**config, "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}


DATABASES = {"default": _database(env.str("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'hub.sqlite3'}"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The engine

_workers = _integer("HUB_WORKERS", default=3, most=64)
Q_CLUSTER: dict[str, Any] = {
    "name": "integrationhub",
    "orm": "default",
    "workers": _workers,
    "bulk": 1,
    "queue_limit": _workers,
    "timeout": 120,
    "retry": 600,
    "ack_failures": True,
    "catch_up": False,
    "save_limit": 250,
    "save_limit_per": "func",
    "recycle": 500,
    "max_rss": 300_000,
    "poll": 0.2,
    "log_level": "WARNING",
}
# Addresses inside private networks that outbound calls may dial, as CIDRs: for targets on the premises.
HUB_OUTBOUND_ALLOW = env.list("HUB_OUTBOUND_ALLOW", default=[])
HUB_LEASE_SECONDS = _integer("HUB_LEASE_SECONDS", default=60, most=3600)
# After how long without a word the run of an external agent counts as abandoned.
HUB_AGENT_MINUTES = _integer("HUB_AGENT_MINUTES", default=60, most=525_600)
# How many days before its end a consent is warned about.
HUB_CONSENT_DAYS = _integer("HUB_CONSENT_DAYS", default=14, most=3650)
# The address by which browsers reach the hub, https://hub.example.com: where authorization servers send
# people back to. Empty: the one of the request.
HUB_PUBLIC_URL = env.str("HUB_PUBLIC_URL", default="").rstrip("/")
# How long what went over the wire is kept; attempts and their logs; finished runs and hourly figures.
HUB_BODY_DAYS = _integer("HUB_BODY_DAYS", default=7, most=36_500)
HUB_ATTEMPT_DAYS = _integer("HUB_ATTEMPT_DAYS", default=30, most=36_500)
HUB_RUN_DAYS = _integer("HUB_RUN_DAYS", default=90, most=36_500)
# Messages of channels, and the largest one that a hook takes in.
HUB_MESSAGE_DAYS = _integer("HUB_MESSAGE_DAYS", default=30, most=36_500)
HUB_HOOK_BYTES = _integer("HUB_HOOK_BYTES", default=1024 * 1024, most=10 * 1024 * 1024)

# Mail, for channels and for notices to staff: smtp+tls://user:password@mail.example.com:587, and its sender.
EMAIL_HOST = ""
if _mail := env.str("HUB_EMAIL_URL", default=""):
    vars().update(env.email_url_config(_mail))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("HUB_EMAIL_FROM", default="integrationhub@localhost")

# People and software that call in

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "locked_out.html"
# How many proxies that can be trusted stand in front: the caller's address is found past them.
HUB_PROXY_COUNT = AXES_IPWARE_PROXY_COUNT = env.int("HUB_PROXY_COUNT", default=0)
# Links in answers name the host, port and prefix by which the caller reached the outermost proxy.
USE_X_FORWARDED_HOST = HUB_PROXY_COUNT > 0

# Which apps may use the ErpSync agent, by their SO-AppToken; none named: any.
HUB_ERPSYNC_APP_TOKENS = env.list("HUB_ERPSYNC_APP_TOKENS", default=[])

_https = env.bool("HUB_HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = _https
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]  # probes do not follow redirects
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SESSION_COOKIE_AGE = 8 * 3600
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "integrations.api.authentication.CredentialAuthentication",
        "integrations.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["integrations.api.permissions.HasScope"],
    "DEFAULT_PARSER_CLASSES": ["integrationhub.wire.json_bodies.JSONBodyParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "integrations.api.pagination.KeysetPagination",
    "DEFAULT_SCHEMA_CLASS": "integrations.api.schema.HubSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "integrations.api.problems.exception_handler",
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "COERCE_DECIMAL_TO_STRING": True,
}

# Language, time, files

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
LANGUAGES = [("en", "English"), ("nb", "Norwegian"), ("sv", "Swedish"), ("de", "German")]
LOCALE_PATHS = [BASE_DIR / "integrationhub" / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = "integrationhub.formats"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}

# Whether all subdomains speak HTTPS, and for good, is for the owner of the domain to say.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# Logs: one event, one line

_shared_processors: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso"),
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                masked_logs.mask,
                structlog.processors.JSONRenderer(),
            ],
            "foreign_pre_chain": _shared_processors,
        },
    },
    "filters": {"unimplemented": {"()": "integrationhub.log_levels.UnimplementedAsWarning"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "loggers": {
        "django.request": {"filters": ["unimplemented"]},
        "django_structlog.middlewares.request": {"filters": ["unimplemented"]},
    },
    "root": {"handlers": ["console"], "level": env.str("HUB_LOG_LEVEL", default="WARNING")},
}
structlog.configure(
    processors=[
        *_shared_processors,
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)

UNFOLD = backoffice.UNFOLD

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "integrationhub",
    "VERSION": "1",
    "DESCRIPTION": (
        "Lists are pages: `limit` rows at most, the rest behind `next`. A row that can be written has an "
        "`ETag`; a write that sends it back as `If-Match` fails with 412 when the row has changed since. "
        "The OData sets have [a page of their own](/docs/odata/)."
    ),
    "SCHEMA_PATH_PREFIX": "/hub/v1",
    "ENFORCE_NON_BLANK_FIELDS": True,
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "PREPROCESSING_HOOKS": ["integrations.api.schema.keep_own"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "integrations.api.schema.complete",
    ],
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
