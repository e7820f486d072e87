"""Why an integration that is switched on does not run."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations import activation as activations
from integrations import agreements, engine_switch, holdups
from integrations.models import Client, ClientIntegration, Connection, Consent, Integration
from tests.cast import make_activation, make_integration


@pytest.fixture
def row(acme, payment, now):
    return make_activation(acme, make_integration(payment, now=now, consent_type_id="Confirm"), now=now)


def why(row, now):
    activations.align(ClientIntegration.objects.all(), now=now)
    row.refresh_from_db()
    is_trouble = ClientIntegration.objects.filter(holdups.unwanted(now)).exists()
    return holdups.look_up(row, now), is_trouble


def test_what_runs_has_no_reason(row, now):
    assert why(row, now) == ("", False)


def test_a_consent_that_is_not_in_force_is_named_with_its_day(row, as_acme, now):
    Consent.objects.update(expires_on=now + timedelta(hours=1))
    assert why(row, now + timedelta(hours=2)) == ("The client's consent ended on 2026-03-02 13:00 UTC.", True)
    assert holdups.since_of(row, now + timedelta(hours=2)) == now + timedelta(hours=1)
    agreements.withdraw(row.consent, now=now, by=as_acme)
    assert why(row, now) == ("The client's consent was withdrawn on 2026-03-02 12:00 UTC.", True)
    assert holdups.since_of(row, now) == now
    Consent.objects.update(state=Consent.State.ATTENTION)
    assert why(row, now) == ("The client has to connect again.", True)
    ClientIntegration.objects.update(consent=None)
    assert why(row, now) == ("The client's consent is missing.", True)
    assert holdups.since_of(row, now) == row.updated_on


def test_a_consent_of_another_type_than_is_asked_for_now_is_none(row, as_acme, now):
    Integration.objects.update(consent_type_id="OAuth2")
    assert why(row, now) == ("The client's consent is missing.", True)
    assert holdups.since_of(row, now) == row.updated_on
    Integration.objects.update(consent_type_id="None")
    assert why(row, now) == ("", False)
    Integration.objects.update(consent_type_id="OAuth2")
    Consent.objects.update(consent_type_id="OAuth2")
    assert why(row, now) == ("", False)


def test_what_was_stopped_on_purpose_is_no_trouble(row, as_acme, as_staff, now):
    activations.pause(row, now=now, by=as_acme)
    assert why(row, now) == ("The integration is paused for the client.", False)
    activations.resume(row, now=now, by=as_acme)
    engine_switch.switch(row.client, False, by=as_acme, now=now)
    assert why(row, now) == ("The client has stopped its engine.", False)
    engine_switch.switch(row.client, True, by=as_acme, now=now)
    Integration.objects.update(active=False)
    assert why(row, now) == ("The integration is not active.", False)
    Client.objects.update(active=False)
    assert why(row, now) == ("The client is not active.", False)
    ClientIntegration.objects.update(enabled=False)
    assert why(row, now) == ("The client has switched the integration off.", False)


def test_a_connection_that_is_not_active_is_trouble(row, now):
    Connection.objects.create(client=row.client, system=row.integration.system, name="ERP", active=False)
    assert why(row, now) == ("The client's connection to the system is not active.", True)
    Connection.objects.update(active=True)
    ClientIntegration.objects.update(runnable=False)
    row.refresh_from_db()
    assert holdups.look_up(row, now).startswith("Nothing stands against it any more")


def test_one_question_tells_it_of_many(row, borealis, now):
    make_activation(borealis, row.integration, now=now)
    Consent.objects.update(state=Consent.State.REVOKED)
    ClientIntegration.objects.update(runnable=False)
    with CaptureQueriesContext(connection) as queries:
        rows = holdups.with_reasons(ClientIntegration.objects.all(), now)
        assert all("withdrawn" in holdups.reason_of(each, now) for each in rows)
    assert len(queries) == 1
