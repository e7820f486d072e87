from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone
from django_q.models import Schedule

from integrationhub import keys
from integrations import activation as activations
from integrations.models import ClientIntegration, EngineSwitch, Integration
from queues import beats, diagnosis, disk
from queues.supervising import tick_schedule
from tests.queues.engine import run_tick, store

pytestmark = pytest.mark.django_db


@pytest.fixture
def present():
    return timezone.now()


@pytest.fixture(autouse=True)
def healthy(settings, tmp_path, present):
    """An installation with nothing wrong."""
    settings.DATA_DIR = tmp_path
    keys.load_or_create(tmp_path)
    tick_schedule.install(present)
    beats.beat("tick", present)
    beats.beat("pulse", present)


def findings():
    return {finding.check: finding for finding in diagnosis.examine()}


def troubles():
    return {check: finding.text for check, finding in findings().items() if not finding.ok}


def test_a_healthy_installation_has_a_good_line_for_each_check(capsys):
    call_command("hub_doctor", no_color=True)

    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith("ok      ") for line in lines)
    assert [line.removeprefix("ok      ").partition(":")[0] for line in lines] == [
        "disk",
        "keys file",
        "database",
        "migrations",
        "tick schedule",
        "last tick",
        "last pulse",
        "clock",
        "engine",
        "client integrations",
        "consents",
        "oldest due row",
        "dead letters",
    ]


def test_trouble_is_marked_and_ends_the_command_with_an_error(capsys):
    Schedule.objects.all().delete()

    with pytest.raises(CommandError, match="1 of these need mending"):
        call_command("hub_doctor", no_color=True)

    assert "TROUBLE tick schedule: the schedule hub-tick is missing; hub_run mends it\n" in (
        capsys.readouterr().out
    )


def test_keys_that_others_may_read_are_trouble(tmp_path):
    (tmp_path / keys.FILE_NAME).chmod(0o644)

    assert troubles() == {
        "keys file": f"others may read {tmp_path}/keys.json (mode 644); run: chmod 600 {tmp_path}/keys.json"
    }


def test_a_disk_that_takes_nothing_is_trouble(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "gone"

    assert troubles()["disk"] == f"{tmp_path}/gone cannot be written to: No such file or directory"


def test_a_disk_that_is_nearly_full_is_trouble(monkeypatch, tmp_path):
    monkeypatch.setattr(disk, "free_mb", lambda place: disk.LEAST_FREE_MB - 1)

    assert troubles() == {"disk": f"499 MB are free for {tmp_path}"}


def test_missing_keys_are_trouble(tmp_path):
    (tmp_path / keys.FILE_NAME).unlink()

    assert set(troubles()) == {"keys file"}


def test_a_database_that_is_away_ends_the_examination(monkeypatch):
    def fail():
        raise OperationalError("connection refused\nIs it running?")

    monkeypatch.setattr(diagnosis.connection, "ensure_connection", fail)

    assert troubles() == {"database": "cannot be reached: connection refused"}
    assert list(findings()) == ["disk", "keys file", "database"]


def test_missing_migrations_end_the_examination(monkeypatch):
    monkeypatch.setattr(diagnosis, "count_missing_migrations", lambda: 3)

    assert troubles() == {"migrations": "3 are not applied; run: python manage.py migrate"}
    assert list(findings())[-1] == "migrations"


@pytest.mark.parametrize("name", ["tick", "pulse"])
def test_an_engine_that_stands_still_is_trouble(name, present):
    beats.beat(name, present - timedelta(minutes=10))

    assert troubles() == {f"last {name}": "10 min ago; is hub_run running?"}


def test_an_engine_that_never_ran_is_trouble():
    beats.EngineBeat.objects.filter(name="pulse").delete()

    assert troubles() == {"last pulse": "never; is hub_run running?"}


def test_a_clock_that_differs_from_the_databases_is_trouble(monkeypatch, present):
    monkeypatch.setattr(diagnosis, "database_now", lambda: present + timedelta(seconds=60))

    assert set(troubles()) == {"clock"}


def test_a_client_integration_with_a_problem_is_named(activation, present):
    activations.note_problem(activation, "The filter does not compile.", now=present)

    assert troubles() == {
        "client integrations": "1 with a problem: acme: Payments to the ERP: The filter does not compile."
    }


def test_one_that_waits_for_its_client_s_consent_is_named(activation, present):
    Integration.objects.update(consent_type_id="Confirm")
    activations.align(ClientIntegration.objects.all(), now=present)
    assert troubles() == {
        "client integrations": "1 with a problem: acme: Payments to the ERP: The client's consent is missing."
    }


def test_a_problem_of_one_that_is_switched_off_is_none(activation, as_acme, present):
    activations.note_problem(activation, "The filter does not compile.", now=present)
    activations.disable(activation, now=present, by=as_acme)

    assert troubles() == {}


def test_a_row_that_has_been_due_for_long_is_trouble(activation, time, present, monkeypatch):
    store(activation, 1, time=time)
    run_tick(time)
    monkeypatch.setattr(diagnosis, "database_now", lambda: time.now + timedelta(hours=3))

    assert troubles()["oldest due row"] == "due for 3 h"


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(0), "0 s"),
        (timedelta(seconds=-3), "0 s"),
        (timedelta(seconds=119), "119 s"),
        (timedelta(minutes=2), "2 min"),
        (timedelta(hours=49), "2 d"),
    ],
)
def test_an_age_is_told_in_its_largest_fitting_unit(age, text):
    assert diagnosis.describe_age(age) == text


def test_an_engine_that_was_stopped_is_told(acme, now):
    EngineSwitch.objects.create(client=acme, running=False, switched_on=now)
    assert findings()["engine"].text == "runs; 1 clients have stopped theirs"
    assert findings()["engine"].ok
    EngineSwitch.objects.create(client=None, running=False, switched_on=now)
    assert troubles()["engine"].startswith("stopped by staff since ")
