"""What machines that watch over the hub are told."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client as HttpClient
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families

from integrationhub import health
from integrations.models import EngineSwitch
from queues import beats, snapshots
from queues.clock import database_now
from queues.models import OutcomeHour
from tests.api import make_program
from tests.queues.api.test_items import make_dead, make_item

FAR_AWAY = "192.0.2.1"


def get(path, **options):
    return HttpClient().get(path, **options)


def test_a_process_that_answers_lives():
    response = get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert "no-store" in response["Cache-Control"]
    assert HttpClient().post("/healthz").status_code == 405


@pytest.mark.django_db
def test_a_hub_without_an_engine_is_ready():
    response = get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "checks": {"disk": "ok", "database": "ok", "migrations": "ok", "engine": "ok"},
    }


@pytest.mark.django_db
def test_an_engine_that_ticks_is_ready_and_one_that_fell_silent_is_not():
    beats.beat("tick", database_now())
    assert get("/readyz").status_code == 200
    beats.beat("tick", database_now() - timedelta(minutes=5))
    response = get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["engine"] == "last tick 5 min ago"


@pytest.mark.django_db
def test_a_hub_whose_migrations_are_not_applied_is_not_ready(monkeypatch):
    monkeypatch.setattr(health, "_migrated", False)
    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda self, targets: [("one", False)])
    response = get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"] == {"disk": "ok", "database": "ok", "migrations": "not all are applied"}


def test_a_hub_whose_database_is_gone_is_not_ready_and_tells_no_more(monkeypatch):
    def fail():
        raise OperationalError("connection to db.internal as hub failed: password hunter2")

    monkeypatch.setattr(health, "database_now", fail)
    response = get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"status": "unready", "checks": {"disk": "ok", "database": "does not answer"}}
    assert get("/healthz").status_code == 200


@pytest.mark.django_db
def test_a_database_that_fails_where_it_is_asked_more_is_not_ready_either(monkeypatch):
    def fail(name):
        raise OperationalError("disk I/O error")

    monkeypatch.setattr(beats, "last_seen", fail)
    response = get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["engine"] == "the database does not answer"


def test_a_hub_whose_disk_takes_nothing_is_not_ready_and_does_not_say_where_it_is(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "gone"
    response = get("/readyz")
    assert response.status_code == 503
    fault = "cannot be written to: No such file or directory"
    assert response.json() == {"status": "unready", "checks": {"disk": fault}}


def figures(response):
    """Values by name and labels."""
    assert response.status_code == 200
    families = text_string_to_metric_families(response.content.decode())
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


def test_metrics_count_what_there_is(acme_payments, now):
    make_item(acme_payments, 1, database_now() - timedelta(seconds=90))
    make_dead(acme_payments, 2, now)
    snapshots.take(database_now())
    beats.beat("tick", database_now() - timedelta(seconds=30))
    told = figures(make_program(None).get("/metrics"))
    assert told["hub_queue_items", "Pending"] == 1
    assert told["hub_queue_items", "DeadLetter"] == 1
    assert told["hub_queue_items", "Succeeded"] == 0
    assert 89 < told["hub_queue_oldest_due_seconds",] < 150
    assert told["hub_client_integrations", "runnable"] == 1
    assert told["hub_client_integrations", "with a problem"] == 0
    assert 29 < told["hub_engine_beat_age_seconds", "tick"] < 90


def test_metrics_of_the_queue_are_as_of_the_last_count(acme_payments, now):
    assert ("hub_queue_items_age_seconds",) not in figures(make_program(None).get("/metrics"))
    snapshots.take(database_now() - timedelta(seconds=40))
    make_item(acme_payments, 1, now)
    told = figures(make_program(None).get("/metrics"))
    assert told["hub_queue_items", "Pending"] == 0
    assert 39 < told["hub_queue_items_age_seconds",] < 100


def test_metrics_tell_what_came_of_the_attempts_of_a_day(acme_payments):
    for hours, done in ((0, 3), (22, 4), (25, 100)):
        hour = (database_now() - timedelta(hours=hours)).replace(minute=0, second=0, microsecond=0)
        OutcomeHour.objects.create(client_integration=acme_payments, hour=hour, done=done, crashed=1)
    told = figures(make_program(None).get("/metrics"))
    assert (told["hub_attempts_last_day", "done"], told["hub_attempts_last_day", "crashed"]) == (7, 2)


def test_metrics_tell_where_the_engine_is_stopped(acme):
    EngineSwitch.objects.create(client=acme, running=False)
    EngineSwitch.objects.create(client=None)
    told = figures(make_program(None).get("/metrics"))
    assert (told["hub_engine_stopped", "hub"], told["hub_engine_stopped", "clients"]) == (0, 1)


def test_metrics_take_as_many_queries_for_many_items_as_for_none(acme_payments, now):
    snapshots.take(now)
    with CaptureQueriesContext(connection) as none:
        figures(make_program(None).get("/metrics"))
    for number in range(5):
        make_item(acme_payments, number, now)
    snapshots.take(now)
    with CaptureQueriesContext(connection) as many:
        figures(make_program(None).get("/metrics"))
    assert len(many) == len(none)


def test_metrics_are_for_staff_alone(acme):
    assert make_program(None).get("/metrics").status_code == 200
    assert get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 401
    assert make_program(acme).get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 403


@pytest.mark.django_db
def test_a_scraper_gets_text_in_the_form_it_asks_for():
    accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
    response = make_program(None).get("/metrics", headers={"accept": accept})
    assert response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
