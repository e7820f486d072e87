"""Sets the hub up for the suite: files in a directory of its own, a test database, cheap passwords, the cast.

The database is DATABASE_URL's, else TEST_DATABASE_URL's, else SQLite; Django makes a test database beside it.
"""

import os
import tempfile
from importlib import import_module
from pathlib import Path

import django
import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache

# The workers of a parallel run inherit the directory, and the process that made it removes it.
if "PYTEST_XDIST_WORKER" not in os.environ:
    _directory = tempfile.TemporaryDirectory(prefix="hub-tests-")
    os.environ["HUB_DATA_DIR"] = _directory.name
# Set whatever happens, so that a developer's .env names no database to the suite.
os.environ.setdefault("DATABASE_URL", os.environ.get("TEST_DATABASE_URL", "sqlite://:memory:"))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()

settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
_database = settings.DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # A file, as in production: threads on SQLite in memory share one lock and never wait for it.
    _database.setdefault("TEST", {})["NAME"] = os.path.join(os.environ["HUB_DATA_DIR"], "test.sqlite3")
    # No test of this process asks what survives a crash of the machine.
    _options = _database["OPTIONS"]
    _options["init_command"] = _options["init_command"].replace("synchronous=FULL", "synchronous=OFF")


# Folders without tests of the core: they ask by HTTP, measure, look from outside. What they reach has tests
# of its own, on each database.
SURFACES = {
    "acceptance",
    "api",
    "backoffice",
    "bench",
    "browser",
    "channels",
    "demo",
    "interop",
    "odata",
    "schema",
}

settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # a missing one is a warning, and so an error

# A few examples at each run, many when asked for: HUB_TEST_EXAMPLES=1000 make test
hypothesis.settings.register_profile(
    "hub", max_examples=int(os.environ.get("HUB_TEST_EXAMPLES", "20")), deadline=None
)
hypothesis.settings.load_profile("hub")


@pytest.fixture(autouse=True)
def _nobody_is_throttled() -> None:
    """Failed sign-ins are counted in the cache, which outlives a test."""
    cache.clear()


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(import_module("tests.cast"), "cast")


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """The part with a database has nothing in these folders: to read them takes seconds."""
    return True if _part() == "database" and _is_outside_the_core(collection_path.parts) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """HUB_TEST_PART names one part of the suite; without it all of it runs."""
    part = _part()
    if part is None:
        return
    config.hook.pytest_deselected(items=[item for item in items if _part_of(item) != part])
    items[:] = [item for item in items if _part_of(item) == part]


def _part() -> str | None:
    return os.environ.get("HUB_TEST_PART")


def _part_of(item: pytest.Item) -> str:
    """What touches no database need not run on each of them; what is broad need not run every time."""
    if item.get_closest_marker("broad"):
        return "broad"
    if not _uses_database(item):
        return "plain"
    return "broad" if _is_outside_the_core(item.path.parts) else "database"


def _is_outside_the_core(parts: tuple[str, ...]) -> bool:
    """Of what is on the wire, only expressions meet a database."""
    inside = parts[parts.index("tests") + 1 :] if "tests" in parts else ()
    return not SURFACES.isdisjoint(inside) or (
        inside[:1] == ("wire",) and inside[1:2] not in ((), ("expressions",))
    )


def _uses_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    has_fixture = not fixtures.isdisjoint({"db", "transactional_db"})
    return has_fixture or item.get_closest_marker("django_db") is not None
