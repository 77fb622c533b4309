"""Django's settings: what `environment.py` read, and what is decided once for every publication."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from broadsheet.site.environment import SettingError, read_settings

try:
    ENVIRONMENT = read_settings()
except SettingError as error:
    raise ImproperlyConfigured(str(error)) from None

HOME: Path = ENVIRONMENT["BROADSHEET_HOME"]
PACKAGE = Path(__file__).resolve().parent.parent

# --- the publication's address -------------------------------------------------------------------------------------
PUBLIC_ADDRESS: str = ENVIRONMENT["BROADSHEET_ADDRESS"]
_address = urlsplit(PUBLIC_ADDRESS)
IS_ENCRYPTED = _address.scheme == "https"
# Loopback names always answer: health checks, a proxy on the same machine, the demo.
ALLOWED_HOSTS = [_address.hostname or "", "127.0.0.1", "localhost", "[::1]"]
WAGTAILADMIN_BASE_URL = PUBLIC_ADDRESS
CSRF_TRUSTED_ORIGINS = [PUBLIC_ADDRESS]
CSRF_FAILURE_VIEW = "broadsheet.site.refusals.refuse_forgery"

# Whose X-Forwarded-For is believed (gate/address.py).
TRUSTED_PROXIES = ENVIRONMENT["BROADSHEET_TRUSTED_PROXIES"]

DEBUG: bool = ENVIRONMENT["BROADSHEET_DEBUG"]
SECRET_KEY: str = (
    ENVIRONMENT["BROADSHEET_SECRET_KEY"] or "not-a-secret: only commands that serve nobody start with this"
)

# --- applications --------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "broadsheet.site",
    "broadsheet.interchange",
    "broadsheet.annotation",
    "broadsheet.discussion",
    "broadsheet.publication",
    "broadsheet.funding",
    "broadsheet.moderation",
    "broadsheet.notification",
    "broadsheet.accounts",
    "broadsheet.delivery",
    "broadsheet.gate",
    "wagtail.contrib.forms",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.contrib.simple_translation",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.locales",
    "wagtail.admin",
    "wagtail",
    "taggit",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.sitemaps",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_tasks",
    "django_tasks_db",
]

MIDDLEWARE = [
    "broadsheet.site.logs.RequestLogMiddleware",
    # outside all that may refuse: a refusal is a page too
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "broadsheet.gate.policy.ContentSecurityMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "broadsheet.gate.same_site.SameSiteMiddleware",
    "broadsheet.accounts.visitor.VisitorMiddleware",  # outside all that set cookies: it marks their answers private
    "broadsheet.delivery.freshness.FreshnessMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "broadsheet.site.language.PathLanguageMiddleware",
    "broadsheet.site.api_answers.ApiMiddleware",  # outside all that may refuse, inside what chooses the pages' language
    "django.middleware.common.CommonMiddleware",
    "broadsheet.site.refusals.FormSizeMiddleware",  # before the first that reads a form
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "broadsheet.site.refusals.RefusalMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
    "broadsheet.site.newsroom.NewsroomTransactionMiddleware",  # last, since it runs the view itself
]

ROOT_URLCONF = "broadsheet.site.urls"
WSGI_APPLICATION = "broadsheet.site.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "wagtail.contrib.settings.context_processors.settings",
                "broadsheet.site.context.publication",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS.append("django.forms")

# --- data ----------------------------------------------------------------------------------------------------------
_database = urlsplit(ENVIRONMENT["DATABASE_URL"])
if ENVIRONMENT["DATABASE_URL"]:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(_database.path.lstrip("/")),
            "USER": unquote(_database.username or ""),
            "PASSWORD": unquote(_database.password or ""),
            "HOST": unquote(_database.hostname or ""),
            "PORT": str(_database.port or ""),
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": dict(parse_qsl(_database.query)),  # such as ?sslmode=require
        }
    }
else:
    DATABASES = {
        "default": {
            "ENGINE": "broadsheet.site.sqlite",
            "NAME": str(HOME / "broadsheet.sqlite3"),
            "CONN_MAX_AGE": 600,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 10,
                # FULL: an acknowledged comment is on disk (docs/decisions/0005-sqlite-settings.md).
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=10000;"
                    "PRAGMA cache_size=-16000; PRAGMA mmap_size=134217728; PRAGMA temp_store=MEMORY;"
                    "PRAGMA journal_size_limit=67108864;"
                ),
            },
        }
    }

# In the database, so that all processes count the same attempts to sign in (django-allauth's rate limits); large enough
# that nobody can push those counts out by filling it.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "gate_cache",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    },
    # Wagtail's notes on pictures, named by what is in the files: each process may have its own, and forgets them when
    # it hears that a size is gone (renditions.py).
    "renditions": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "renditions"},
}

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

# --- files ---------------------------------------------------------------------------------------------------------
MEDIA_ROOT = str(HOME / "media")
MEDIA_URL = "/media/"
STATIC_ROOT = str(HOME / "static")
STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "broadsheet.site.static.StaticStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # a long interview in the editor is some twelve fields an exchange
FILE_UPLOAD_PERMISSIONS = 0o644

# --- languages and time --------------------------------------------------------------------------------------------
# The interface is translated into these; a publication may write in others and gets the interface in English.
INTERFACE_LANGUAGES = {"en": _("English"), "nb": _("Norwegian Bokmål"), "ar": _("Arabic")}
_codes: tuple[str, ...] = ENVIRONMENT["BROADSHEET_LANGUAGES"]
LANGUAGE_CODE = _codes[0]


def _language_name(code: str) -> object:
    from django.utils.translation import get_language_info

    try:
        # Not `get(code) or`: the truth of a lazy translation cannot be asked before the applications are loaded.
        return INTERFACE_LANGUAGES[code] if code in INTERFACE_LANGUAGES else get_language_info(code)["name"]
    except KeyError:
        raise ImproperlyConfigured(
            f"BROADSHEET_LANGUAGES names {code!r}, which is no language Django knows: give codes such as en, nb, pt-br."
        ) from None


LANGUAGES = [(code, _language_name(code)) for code in _codes]
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
LOCALE_PATHS = [str(PACKAGE / "locale")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = ENVIRONMENT["BROADSHEET_TIME_ZONE"]
USE_THOUSAND_SEPARATOR = True
WAGTAIL_I18N_ENABLED = True

# --- Wagtail -------------------------------------------------------------------------------------------------------
WAGTAIL_SITE_NAME = "Broadsheet"
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAILEMBEDS_FINDERS: list[dict[str, str]] = []  # nothing is fetched from another site
WAGTAILIMAGES_IMAGE_MODEL = "publication.Picture"
WAGTAILIMAGES_IMAGE_FORM_BASE = "broadsheet.publication.forms.PictureForm"
WAGTAILIMAGES_EXTENSIONS = ["avif", "gif", "jpg", "jpeg", "png", "webp"]
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 20 * 1024 * 1024
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 64_000_000  # a bomb is refused before it is unpacked
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAILUSERS_PASSWORD_REQUIRED = False  # a colleague may sign in by mailed code or passkey instead
WAGTAIL_PASSWORD_REQUIRED_TEMPLATE = WAGTAILDOCS_PASSWORD_REQUIRED_TEMPLATE = "site/password.html"  # noqa: S105 - a page
WAGTAILDOCS_SERVE_METHOD = "serve_view"
# What readers take home and open elsewhere. Nothing that a browser would show as a page of ours, and nothing that runs.
WAGTAILDOCS_EXTENSIONS = ["csv", "docx", "epub", "ods", "odt", "pdf", "pptx", "txt", "xlsx", "zip"]
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
TAGGIT_CASE_INSENSITIVE = True

# --- signing in ----------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
# The front page in the reader's language, which is known only when it is asked for.
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = reverse_lazy("wagtail_serve", args=[""])
ACCOUNT_ADAPTER = "broadsheet.accounts.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1"]  # without a password one signs in by mailed code or passkey
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
# Codes, not links: nothing in a mail signs anybody in when a scanner opens it, and no link bears a secret.
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_ENCRYPTED

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_ENCRYPTED
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

# --- mail ----------------------------------------------------------------------------------------------------------
_mail = urlsplit(ENVIRONMENT["BROADSHEET_MAIL"])
DEFAULT_FROM_EMAIL = SERVER_EMAIL = (
    ENVIRONMENT["BROADSHEET_MAIL_FROM"] or f"newsroom@{_address.hostname or 'localhost'}"
)
if _mail.scheme in ("smtp", "smtps"):
    EMAIL_BACKEND = "broadsheet.notification.backend.AfterCommitBackend"
    EMAIL_HOST = _mail.hostname or ""
    EMAIL_USE_SSL = _mail.scheme == "smtps"
    EMAIL_USE_TLS = _mail.scheme == "smtp" and "plain" not in _mail.query
    EMAIL_PORT = _mail.port or (465 if EMAIL_USE_SSL else 587)
    EMAIL_HOST_USER = unquote(_mail.username or "")
    EMAIL_HOST_PASSWORD = unquote(_mail.password or "")
    EMAIL_TIMEOUT = 20
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(HOME / "mail")

# --- the log: lines on standard error, for journald or whatever collects it ------------------------------------------
_level: str = ENVIRONMENT["BROADSHEET_LOG_LEVEL"].upper()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "errors": {"()": "broadsheet.site.logs.OnlyErrors"},
        "whole": {"()": "broadsheet.site.logs.NotBrokenOff"},
    },
    "formatters": {"lines": {"()": "broadsheet.site.logs.formatter", "kind": ENVIRONMENT["BROADSHEET_LOG"]}},
    "handlers": {"lines": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["lines"], "level": "WARNING"},
    "loggers": {
        "broadsheet": {"level": _level},
        # Answers are in broadsheet.requests; of Django's own lines only those with a traceback add anything.
        "django": {"handlers": [], "level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "django_tasks": {"filters": ["errors"]},
        "django_tasks_db": {"filters": ["errors"]},
        # Of what strangers send and readers do not take, uvicorn says nothing that helps anybody; of mistakes it does.
        "uvicorn.error": {"level": "ERROR", "filters": ["whole"]},
    },
}

# --- the readers' page store -----------------------------------------------------------------------------------------
# Of each web process: its part of what the machine may keep.
PAGE_STORE_BYTES = ENVIRONMENT["BROADSHEET_PAGE_STORE_MB"] * 1024 * 1024 // ENVIRONMENT["BROADSHEET_WORKERS"]

# --- caches in front -------------------------------------------------------------------------------------------------
# Told by the feed of changes (delivery/purging.py). Wagtail's own application for this is not installed: it would tell
# them of the published page only, which the feed does too.
WAGTAILFRONTENDCACHE: dict[str, dict[str, str]] = {
    f"{parts.scheme}-{number}": (
        {
            "BACKEND": "wagtail.contrib.frontend_cache.backends.CloudflareBackend",
            "BEARER_TOKEN": unquote(parts.username or ""),
            "ZONEID": parts.hostname or "",
        }
        if parts.scheme == "cloudflare"
        else {"BACKEND": "broadsheet.site.purging.PurgeBackend", "LOCATION": parts.geturl()}
    )
    for number, parts in enumerate(ENVIRONMENT["BROADSHEET_FRONTEND_CACHE"], 1)
}

# --- headers -------------------------------------------------------------------------------------------------------
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_HSTS_SECONDS = 30 * 24 * 3600 if IS_ENCRYPTED else 0
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- discussion ----------------------------------------------------------------------------------------------------
COMMENT_LIMIT = 10_000  # characters
