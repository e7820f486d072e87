import sys
from types import ModuleType

import pytest
from cryptography.fernet import Fernet
from django.core.checks import run_checks

from integrationhub import checks, keys

SQLITE = {"ENGINE": checks.SQLITE, "OPTIONS": {"transaction_mode": "IMMEDIATE"}}
POSTGRESQL = {"ENGINE": checks.POSTGRESQL, "OPTIONS": {}}
CLUSTER = {"workers": 3, "timeout": 120, "retry": 600, "catch_up": False, "ack_failures": True}


def ids(messages):
    return [message.id for message in messages]


def hub_messages():
    return [message for message in run_checks() if str(message.id).startswith("hub.")]


def dangers(config):
    return ids(checks._dangers_of_database("default", config))


def test_the_project_as_it_is_has_no_danger():
    assert hub_messages() == []


def test_every_check_is_run_with_the_others(settings):
    settings.ALLOWED_HOSTS = ["*"]
    settings.HUB_ENCRYPTION_KEYS = []
    settings.HUB_OUTBOUND_ALLOW = ["no such thing"]
    settings.HUB_LEASE_SECONDS = 1
    settings.Q_CLUSTER = {"workers": 2}
    assert set(ids(hub_messages())) == {
        "hub.E006",
        "hub.E008",
        "hub.E010",
        "hub.E011",
        "hub.E012",
        "hub.E013",
        "hub.E014",
    }


def test_every_danger_says_what_to_do(settings):
    settings.ALLOWED_HOSTS = ["*"]
    settings.DEBUG = True
    settings.HUB_ENCRYPTION_KEYS = ["x"]
    settings.HUB_OUTBOUND_ALLOW = ["::/0", "no such thing"]
    settings.HUB_LEASE_SECONDS = 1
    settings.Q_CLUSTER = {}
    worst = {"ENGINE": "mysql", "ATOMIC_REQUESTS": True, "OPTIONS": {"pool": True}}
    messages = [*hub_messages(), *checks._dangers_of_database("default", worst)]
    assert len(messages) >= 12
    assert all(message.hint for message in messages)


@pytest.mark.parametrize("name", ["channels", "integrations", "queues"])
def test_a_foreign_package_of_an_app_s_name_is_found(name, monkeypatch, tmp_path):
    foreign = ModuleType(name)
    foreign.__file__ = str(tmp_path / name / "__init__.py")
    monkeypatch.setitem(sys.modules, name, foreign)
    [error] = checks.check_packages()
    assert error.id == "hub.E001"
    assert str(tmp_path / name) in error.msg


@pytest.mark.parametrize("config", [SQLITE, POSTGRESQL], ids=["SQLite", "PostgreSQL"])
def test_a_database_as_configured_here_is_fine(config):
    assert dangers(config) == []


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({"ENGINE": "django.db.backends.mysql", "OPTIONS": {}}, ["hub.E002"]),
        ({**POSTGRESQL, "ATOMIC_REQUESTS": True}, ["hub.E003"]),
        ({**POSTGRESQL, "OPTIONS": {"pool": {"min_size": 2}}}, ["hub.E004"]),
        ({"ENGINE": checks.SQLITE, "OPTIONS": {}}, ["hub.E005"]),
        ({"ENGINE": checks.SQLITE}, ["hub.E005"]),
        ({"ENGINE": checks.SQLITE, "OPTIONS": {"transaction_mode": "DEFERRED"}}, ["hub.E005"]),
    ],
    ids=[
        "MySQL",
        "atomic requests",
        "pool",
        "SQLite by default",
        "SQLite without options",
        "deferred SQLite",
    ],
)
def test_a_dangerous_database_is_found(config, found):
    assert dangers(config) == found


@pytest.mark.parametrize(
    ("debug", "hosts", "found"),
    [
        (False, ["hub.example"], []),
        (False, ["*"], ["hub.E006"]),
        (True, ["localhost", "127.0.0.1", "[::1]"], []),
        (True, ["localhost", "hub.example"], ["hub.E007"]),
        (True, ["*"], ["hub.E006", "hub.E007"]),
    ],
)
def test_hosts(debug, hosts, found, settings):
    settings.DEBUG, settings.ALLOWED_HOSTS = debug, hosts
    assert ids(checks.check_hosts()) == found


def test_any_number_of_encryption_keys_will_do(settings):
    settings.HUB_ENCRYPTION_KEYS = [Fernet.generate_key().decode(), Fernet.generate_key().decode()]
    assert list(checks.check_encryption_keys()) == []


def test_no_encryption_key_is_found(settings):
    settings.HUB_ENCRYPTION_KEYS = []
    assert ids(checks.check_encryption_keys()) == ["hub.E008"]


@pytest.mark.parametrize("key", ["", "short", "p" * 43, "£" * 44, "A" * 60])
def test_a_malformed_encryption_key_is_found_by_its_place_and_not_quoted(key, settings):
    settings.HUB_ENCRYPTION_KEYS = [Fernet.generate_key().decode(), key]
    [error] = checks.check_encryption_keys()
    assert error.id == "hub.E008"
    assert error.msg.startswith("Key 2 ")
    assert key not in error.msg or not key


def test_a_key_file_that_others_may_read_is_found(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    assert list(checks.check_key_file()) == []
    keys.load_or_create(tmp_path)
    assert list(checks.check_key_file()) == []
    (tmp_path / keys.FILE_NAME).chmod(0o640)
    assert ids(checks.check_key_file()) == ["hub.E009"]


@pytest.mark.parametrize(
    ("allowed", "found"),
    [
        ([], []),
        (["10.1.0.0/16", "192.168.7.9", "fd00::/8", "erp.internal"], []),
        (["10.1.0.0/33"], ["hub.E010"]),
        (["10.1.0.1/16"], ["hub.E010"]),
        (["http://erp.internal"], ["hub.E010"]),
        (["0.0.0.0/0"], ["hub.W001"]),
        (["10.0.0.0/8", "::/0"], ["hub.W001"]),
        (["::/0", "no such thing"], ["hub.E010", "hub.W001"]),
    ],
)
def test_the_outbound_allow_list(allowed, found, settings):
    settings.HUB_OUTBOUND_ALLOW = allowed
    assert ids(checks.check_outbound_allow()) == found


def test_a_malformed_entry_of_the_allow_list_is_named(settings):
    settings.HUB_OUTBOUND_ALLOW = ["10.0.0.0/8", "10.1.0.0/33"]
    [error] = checks.check_outbound_allow()
    assert "'10.1.0.0/33'" in error.msg


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, []),
        ({"retry": 121}, []),
        ({"retry": 120}, ["hub.E011"]),
        ({"retry": 60}, ["hub.E011"]),
        ({"timeout": None}, ["hub.E011"]),
        ({"catch_up": True}, ["hub.E012"]),
        ({"ack_failures": False}, ["hub.E013"]),
        ({"workers": 2}, []),
        ({"workers": 1}, ["hub.W002"]),
    ],
)
def test_the_cluster(change, found, settings):
    settings.Q_CLUSTER = {**CLUSTER, **change}
    assert ids(checks.check_cluster()) == found


def test_what_the_cluster_does_unless_told_otherwise_is_found(settings):
    settings.Q_CLUSTER = {"workers": 3, "timeout": 120, "retry": 600}
    assert ids(checks.check_cluster()) == ["hub.E012", "hub.E013"]


@pytest.mark.parametrize(("seconds", "found"), [(60, []), (3, []), (2, ["hub.E014"]), (0, ["hub.E014"])])
def test_a_lease_outlasts_a_worker_s_pause(seconds, found, settings):
    settings.HUB_LEASE_SECONDS = seconds
    assert ids(checks.check_lease()) == found


@pytest.mark.parametrize("name", ["HUB_BODY_DAYS", "HUB_ATTEMPT_DAYS", "HUB_RUN_DAYS"])
@pytest.mark.parametrize(("days", "found"), [(1, []), (0, ["hub.E015"]), (-7, ["hub.E015"])])
def test_nothing_is_deleted_on_the_day_it_happened(name, days, found, settings):
    setattr(settings, name, days)
    assert ids(checks.check_retention()) == found
