"""The clinic's settings for tests: a folder and a database of their own, cheap passwords."""

from __future__ import annotations

import os
import tempfile

os.environ["EUTHYMIA_HOME"] = tempfile.mkdtemp(prefix="euthymia-clinic-test-")
os.environ["EUTHYMIA_MODE"] = "clinic"

from euthymia.clinic.config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# Where pytest looks for what was logged; the product's own handler writes past it.
LOGGING["handlers"]["stderr"] = {"class": "logging.StreamHandler", "formatter": "json"}  # noqa: F405
