"""Django's settings, derived from the site's place. Nothing here is a secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from euthymia.clinic.config.databases import database
from euthymia.clinic.config.place import place
from euthymia.clinic.config.writing import logging_to_stderr

PLACE = place()
DEBUG = PLACE.debug
SECRET_KEY, *SECRET_KEY_FALLBACKS = PLACE.secret_keys()
ALLOWED_HOSTS = list(PLACE.hosts)
ROOT_URLCONF = "euthymia.clinic.config.urls"
WSGI_APPLICATION = "euthymia.clinic.config.wsgi.application"
DATABASES = {"default": database(PLACE)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

ROOMS = [
    "ui",
    "accounts",
    "records",
    "today",
    "intake",
    "suitability",
    "heads",
    "bench",
    "prescribing",
    "agenda",
    "chair",
    "outcomes",
    "research",
    "office",
    "portal",
    "reminders",
    "api",
    "jobs",
    "example",
    "operation",
]
"""The rooms of the clinic; each is a Django application if it has an `apps` module."""

_HERE = Path(__file__).parent.parent
BUILT_ROOMS = [room for room in ROOMS if (_HERE / room / "apps.py").is_file()]

INSTALLED_APPS = [
    *(f"euthymia.clinic.{room}" for room in BUILT_ROOMS),
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_tasks",
    "django_tasks_db",
]

MIDDLEWARE = [
    "euthymia.clinic.config.timing.Timing",
    "euthymia.clinic.config.headers.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "euthymia.clinic.accounts.middleware.IdleLogOff",
    "euthymia.clinic.accounts.middleware.KnowWho",
    "euthymia.clinic.accounts.middleware.SecondFactorFirst",
    "euthymia.clinic.config.refusals.SentenceForRefusals",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "euthymia.clinic.config.context.clinic",
            ],
        },
    }
]
FORM_RENDERER = "euthymia.clinic.ui.renderer.ClinicRenderer"

AUTH_USER_MODEL = "clinic_accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {"user_attributes": ("username", "display_name")}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "euthymia.clinic.accounts.adapters.NamedUsersOnly"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_FORMS = {
    "login": "euthymia.clinic.accounts.forms.LoginForm",
    "reauthenticate": "euthymia.clinic.accounts.forms.ReauthenticateForm",
    "change_password": "euthymia.clinic.accounts.forms.ChangePasswordForm",
}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "reauthenticate": "10/m/user",
}
MFA_ADAPTER = "euthymia.clinic.accounts.second_factor.SealedSecrets"
MFA_FORMS = {
    "authenticate": "euthymia.clinic.accounts.second_factor.AuthenticateForm",
    "reauthenticate": "euthymia.clinic.accounts.second_factor.ReauthenticateForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # a telephone's clock may be half a minute off
MFA_TOTP_ISSUER = "Euthymia"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PLACE.https

SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PLACE.https
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PLACE.https else None
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 31_536_000 if PLACE.https else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = PLACE.time_zone

STATIC_URL = "static/"
STATIC_ROOT = None  # served from where the files are; nothing is collected
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# Mails to patients are handed to the server by the reminders themselves, step by step; whatever
# else would write one writes to nobody. An example clinic's go into a folder.
EMAIL_BACKEND = (
    f"django.core.mail.backends.{'filebased' if PLACE.example else 'dummy'}.EmailBackend"
)
EMAIL_FILE_PATH = str(PLACE.mails)
DEFAULT_FROM_EMAIL = PLACE.mail.sender if PLACE.mail else "nobody@localhost"

TASKS = {
    "default": {
        "BACKEND": "django_tasks_db.DatabaseBackend",
        "QUEUES": ["default"],
    }
}

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "clinic_cache",
    }
}

LOGGING = logging_to_stderr(debug=DEBUG)
