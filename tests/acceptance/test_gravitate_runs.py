"""The life of an agent's run: started, superseded, ended, abandoned; and where the next one resumes."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from integrationhub.wire import timestamps
from integrations import runs
from integrations.errors import NotAllowed, Refused
from integrations.models import AuditEntry, ExternalIntegration, IntegrationRun
from integrations.runs import Name, Report
from queues import ticking
from tests.acceptance.gravitate import ARRAYS, MODELS, ROOT
from tests.api import Program, acme_api, make_program
from tests.cast import make_system

__all__ = ["acme_api"]

MARK = "2025-12-10T08:22:52.8100855-06:00"


@pytest.fixture
def system(db):
    return make_system()


@pytest.fixture
def agent(acme, system):
    return Name(acme, system, "Orders")


@pytest.fixture
def clock(now):
    with time_machine.travel(now, tick=False) as traveller:
        yield traveller


@pytest.fixture
def call(acme_api, system, clock):
    """Calls an operation a minute after the one before."""

    def call(operation, expected=200, **values):
        clock.shift(60)
        body = {"SourceSystemId": system.pk, "IntegrationName": "Orders", **values}
        response = acme_api.post_json(f"{ROOT}/{operation}", body)
        assert response.status_code == expected, response.content
        return response.json()

    return call


def read(program: Program, system, name="Orders"):
    return program.get(f"{ROOT}?sourceSystemId={system.pk}&integrationName={name}")


def statuses():
    return list(IntegrationRun.objects.order_by("id").values_list("status", flat=True))


def test_a_run_from_start_to_end_and_where_the_next_one_resumes(call, acme_api, system):
    first = call("IntegrationStart")
    going = call("IntegrationProgress", MaxSyncDateTime=MARK, MaxSyncDateMaxPKId=7)
    assert going == first, "progress moves no watermark"
    values = {
        "MaxSyncDateTime": MARK,
        "MaxSyncDateMaxPKId": 9_000_000_000,
        "CustomDatabaseValues": {"a": "b", "c": None},
    }
    ended = call("IntegrationEnd", **values)
    assert ended == {
        **first,
        **values,
        "LastRunEndDateTime": "2026-03-02T12:03:00Z",
        "ProcessStatusMeaning": "Completed",
    }
    assert call("IntegrationEnd", **values) == ended, "an end that is repeated changes nothing"
    assert read(acme_api, system).json() == ended
    (run,) = acme_api.get("/hub/v1/runs/?external=Orders").json()["results"]
    assert (run["external"], run["client_integration"], run["integration"]) == ("Orders", None, None)
    assert acme_api.get("/hub/v1/runs/?external=Others").json()["results"] == []
    second = call("IntegrationStart")
    assert (second["MaxSyncDateTime"], second["MaxSyncDateMaxPKId"]) == (MARK, 9_000_000_000)
    assert second["LastRunEndDateTime"] is None
    assert second["SourceId"] != first["SourceId"]


def test_a_watermark_only_moves_forward_and_only_at_an_end(call):
    def run(operation, moment, key=None, **more):
        call("IntegrationStart")
        answer = call(operation, MaxSyncDateTime=moment, MaxSyncDateMaxPKId=key, **more)
        return answer["MaxSyncDateTime"], answer["MaxSyncDateMaxPKId"]

    assert run("IntegrationEnd", "2026-01-01T00:00:00", 5) == ("2026-01-01T00:00:00", 5)
    assert run("IntegrationEnd", "2025-12-31T23:59:59.9999999Z", 9) == ("2026-01-01T00:00:00", 5)
    assert run("IntegrationEnd", "2026-01-01T00:00:00", 4) == ("2026-01-01T00:00:00", 5)
    assert run("IntegrationFail", "2027-01-01T00:00:00", 9) == ("2026-01-01T00:00:00", 5)
    abandoned = run("IntegrationEnd", "2027-01-01T00:00:00", 9, ProcessStatusMeaning="Abandoned")
    assert abandoned == ("2026-01-01T00:00:00", 5)
    assert run("IntegrationEnd", None) == ("2026-01-01T00:00:00", 5)
    assert run("IntegrationEnd", "2026-01-01T02:00:00.0000001+02:00", 1) == (
        "2026-01-01T02:00:00.0000001+02:00",
        1,
    )
    assert statuses() == ["Completed"] * 3 + ["Failed", "Abandoned"] + ["Completed"] * 2


def test_a_date_that_was_never_set_is_a_watermark_before_all_others(call):
    call("IntegrationStart")
    assert (
        call("IntegrationEnd", MaxSyncDateTime="0001-01-01T00:00:00")["MaxSyncDateTime"]
        == "0001-01-01T00:00:00"
    )


def test_a_start_supersedes_the_run_that_is_open(call):
    call("IntegrationStart")
    call("IntegrationStart")
    assert statuses() == ["Abandoned", "Running"]
    assert IntegrationRun.objects.earliest("id").message == runs.SUPERSEDED


def test_what_goes_wrong_is_told_by_member(call):
    assert list(call("IntegrationEnd", 400)["ModelState"]) == ["request.IntegrationName"]
    call("IntegrationStart")
    for status in ("Running", "Done", "completed"):
        refused = call("IntegrationEnd", 400, ProcessStatusMeaning=status)
        assert list(refused["ModelState"]) == ["request.ProcessStatusMeaning"]
    for moment in (
        "yesterday",
        "2026-13-01T00:00:00",
        "2026-01-01T00:00:00.12345678Z",
        5,
        "2026-01-01T00:00:00+15:00",
    ):
        assert list(call("IntegrationEnd", 400, MaxSyncDateTime=moment)["ModelState"]) == [
            "request.MaxSyncDateTime"
        ]
    many = {f"k{n}": "" for n in range(101)}
    for values in (many, {"a": {"b": "c"}}, ["a"], {"a": "x" * 5000}):
        refused = call("IntegrationProgress", 400, CustomDatabaseValues=values)
        assert list(refused["ModelState"]) == ["request.CustomDatabaseValues"]
    refused = call("IntegrationFail", 400, ProcessStatusMeaning="Completed")
    assert list(refused["ModelState"]) == ["request.ProcessStatusMeaning"]
    assert statuses() == ["Running"]
    call("IntegrationFail", Message="The ERP is down.")
    assert IntegrationRun.objects.get().message == "The ERP is down."
    assert list(call("IntegrationProgress", 400)["ModelState"]) == ["request.IntegrationName"]
    assert list(call("IntegrationEnd", 400)["ModelState"]) == ["request.IntegrationName"]


def test_the_same_in_xml_and_as_a_form(acme_api, system, call):
    call("IntegrationStart")
    inside = (
        f'<CustomDatabaseValues xmlns:a="{ARRAYS}"><a:KeyValueOfstringstring><a:Key>k</a:Key>'
        "<a:Value>v</a:Value></a:KeyValueOfstringstring></CustomDatabaseValues><IntegrationName>Orders</IntegrationName>"
        '<MaxSyncDateMaxPKId xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true" />'
        f"<MaxSyncDateTime>{MARK}</MaxSyncDateTime><SourceSystemId>{system.pk}</SourceSystemId>"
    )
    xml = f'<IntegrationEndRequest xmlns="{MODELS}">{inside}</IntegrationEndRequest>'
    response = acme_api.generic("POST", f"{ROOT}/IntegrationEnd", xml, content_type="text/xml")
    assert f"<MaxSyncDateTime>{MARK}</MaxSyncDateTime>" in response.content.decode()
    assert "<d2p1:Key>k</d2p1:Key><d2p1:Value>v</d2p1:Value>" in response.content.decode()
    broken = xml.replace("<a:Key>k</a:Key>", "")
    refused = acme_api.generic("POST", f"{ROOT}/IntegrationEnd", broken, content_type="text/xml")
    assert (refused.status_code, b"<request.CustomDatabaseValues>" in refused.content) == (400, True)
    call("IntegrationStart")
    form = f"SourceSystemId={system.pk}&IntegrationName=Orders&CustomDatabaseValues[x]=y&MaxSyncDateTime="
    path = f"{ROOT}/IntegrationProgress"
    answer = acme_api.generic("POST", path, form, content_type="application/x-www-form-urlencoded").json()
    assert answer["CustomDatabaseValues"] == {"x": "y"}
    values = "CustomDatabaseValues[0].Key=k&CustomDatabaseValues[0].Value=v"
    form = f"SourceSystemId={system.pk}&IntegrationName=Orders&{values}"
    answer = acme_api.generic("POST", path, form, content_type="application/x-www-form-urlencoded").json()
    assert answer["CustomDatabaseValues"] == {"k": "v"}
    assert call("IntegrationProgress", MaxSyncDateTime="", MaxSyncDateMaxPKId="")["MaxSyncDateTime"] == MARK


def test_reading_knows_only_what_was_started_and_only_one_s_own(call, acme_api, borealis, system):
    assert read(acme_api, system).status_code == 404
    call("IntegrationStart")
    assert read(acme_api, system).json()["ProcessStatusMeaning"] == "Running"
    foreign = read(make_program(borealis), system)
    assert foreign.status_code == 404
    assert foreign.content == read(make_program(borealis), system).content
    IntegrationRun.objects.all().delete()
    assert read(acme_api, system).json()["LastRunStartDateTime"] is None
    assert acme_api.get(ROOT).status_code == 400


def test_silence_for_an_hour_is_the_end(agent, now):
    run = runs.start(agent, now=now)
    later = now + timedelta(minutes=30)
    runs.progress(agent, Report(), now=later)
    ticking.tick(later + timedelta(minutes=60))
    assert statuses() == ["Running"]
    ticking.tick(later + timedelta(minutes=61))
    run.refresh_from_db()
    assert (run.status, run.message) == ("Abandoned", "Nothing was heard of it for 60 minutes.")
    with pytest.raises(Refused, match="the last one is Abandoned"):
        runs.end(agent, Report(), now=later + timedelta(minutes=62))


def test_a_client_has_a_thousand_names_and_others_do_not_count(agent, acme, borealis, system, now):
    rows = [ExternalIntegration(client=acme, system=system, name=f"n{n}") for n in range(runs.MOST_NAMES)]
    ExternalIntegration.objects.bulk_create(rows)
    with pytest.raises(Refused) as refusal:
        runs.start(agent, now=now)
    assert refusal.value.field == "name"
    runs.start(Name(acme, system, "n1"), now=now)
    runs.start(Name(borealis, system, "Orders"), now=now)


def test_staff_reset_a_watermark_and_it_is_written_down(agent, as_acme, as_staff, now):
    runs.start(agent, now=now)
    runs.end(agent, Report(timestamps.parse(MARK), 7), now=now)
    external = ExternalIntegration.objects.get()
    with pytest.raises(NotAllowed):
        runs.reset_watermark(external, now=now, by=as_acme)
    assert str(external.synced_to) == MARK
    runs.reset_watermark(external, now=now, by=as_staff)
    assert (external.synced_to, external.synced_key) == (None, None)
    assert AuditEntry.objects.get().detail == {"synced_to": MARK, "synced_key": 7}


def test_two_starts_within_a_second_are_one(agent, now):
    first = runs.start(agent, now=now)
    assert runs.start(agent, now=now + timedelta(milliseconds=900)).pk == first.pk
    assert runs.start(agent, now=now - timedelta(seconds=5)).pk == first.pk, "asked before, and waited"
    assert runs.start(agent, now=now + timedelta(seconds=2)).pk != first.pk


@pytest.mark.django_db(transaction=True)
def test_fifty_starts_at_once_open_one_run(now):
    from integrations.models import Client

    agent = Name(Client.objects.create(code="acme", name="Acme"), make_system(), "Orders")

    def start(_):
        try:
            return runs.start(agent, now=now).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        started = set(pool.map(start, range(50)))
    assert len(started) == 1
    assert statuses() == ["Running"]


TICKS = st.integers(0, 3_155_378_975_999_999_999)
OFFSETS = st.sampled_from(["", "Z", "+00:00", "-06:00", "+14:00", "+05:45"])


@given(TICKS, OFFSETS)
def test_a_moment_comes_back_digit_for_digit(ticks, offset):
    moment = timestamps.Timestamp(ticks, "")
    sent = f"{moment}{offset}"
    read_again = timestamps.parse(sent)
    assert str(read_again) == sent
    assert json.loads(json.dumps(str(read_again))) == sent
