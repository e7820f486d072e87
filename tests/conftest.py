"""Sets the hub up for the suite: files in a directory of its own, a test database, cheap passwords, the cast.

The database is DATABASE_URL's, else TEST_DATABASE_URL's, else SQLite; Django makes a test database beside it.
"""

import os
import tempfile
from importlib import import_module

import django
import pytest
from django.conf import settings

# The workers of a parallel run inherit the directory, and the process that made it removes it.
if "PYTEST_XDIST_WORKER" not in os.environ:
    _directory = tempfile.TemporaryDirectory(prefix="hub-tests-")
    os.environ["HUB_DATA_DIR"] = _directory.name
# Set whatever happens, so that a developer's .env names no database to the suite.
os.environ.setdefault("DATABASE_URL", os.environ.get("TEST_DATABASE_URL", "sqlite://:memory:"))
os.environ["DJANGO_SETTINGS_MODULE"] = "integrationhub.settings"
django.setup()

settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
_database = settings.DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # A file, as in production: threads on SQLite in memory share one lock and never wait for it.
    _database.setdefault("TEST", {})["NAME"] = os.path.join(os.environ["HUB_DATA_DIR"], "test.sqlite3")
    # No test of this process asks what survives a crash of the machine.
    _options = _database["OPTIONS"]
    _options["init_command"] = _options["init_command"].replace("synchronous=FULL", "synchronous=OFF")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(import_module("tests.cast"), "cast")
