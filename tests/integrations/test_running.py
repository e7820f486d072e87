"""When a ClientIntegration runs next, from where on, under which consent, and what is written down of it."""

from datetime import timedelta
from functools import partial

import pytest

from integrations import activation as activations
from integrations import agreements, auditing, watermarks
from integrations.errors import Conflict, NotAllowed, Refused
from integrations.models import AuditEntry, ClientIntegration, Consent
from integrations.principals import Principal, Scope
from integrations.upcoming import in_words, next_five
from tests.cast import make_activation, make_integration, make_schedule


def test_the_next_five_runs_are_in_the_client_s_zone(acme_payments, now):
    acme_payments.schedule = make_schedule(name="Morning", cron="30 8 * * *")
    moments = next_five(acme_payments, now=now)
    assert [moment.isoformat() for moment in moments[:2]] == [
        "2026-03-03T08:30:00+02:00",
        "2026-03-04T08:30:00+02:00",
    ]
    assert len(moments) == 5


def test_they_follow_the_clock_when_it_changes(acme_payments, now):
    acme_payments.schedule = make_schedule(name="Morning", cron="30 8 * * *")
    moments = next_five(acme_payments, now=now.replace(day=27))
    assert [moment.utcoffset() for moment in moments[:3]] == [timedelta(hours=2)] + [timedelta(hours=3)] * 2


def test_each_is_written_in_its_own_zone_and_its_day_only_once(acme_payments, now):
    acme_payments.schedule = make_schedule(name="Twice", cron="30 8,20 * * *")
    words = [words for _, words in in_words(next_five(acme_payments, now=now))]
    assert words == ["Mon 02 Mar 20:30", "Tue 03 Mar 08:30", "20:30", "Wed 04 Mar 08:30", "20:30"]


# The watermark


def test_a_reset_forgets_the_watermark_and_says_who_did_it(acme_payments, as_acme, now):
    ClientIntegration.objects.update(scanned_to=now, scanned_as="x")
    version = ClientIntegration.objects.get().row_version
    watermarks.reset(acme_payments, now=now, by=as_acme)
    assert (acme_payments.scanned_to, acme_payments.scanned_as) == (None, "")
    assert acme_payments.row_version == version + 1
    entry = AuditEntry.objects.get()
    assert (entry.on, entry.actor, entry.user, entry.client) == (
        now,
        "credential of Acme",
        None,
        acme_payments.client,
    )
    assert entry.target == f"client integration {acme_payments.pk}: Payments to the ERP for Acme"
    assert entry.detail == {"scanned_to": now.isoformat()}


def test_nobody_resets_another_client_s_or_without_the_scope(acme_payments, acme, as_borealis, now):
    reader = Principal(user=None, client=acme, scopes=frozenset({Scope.READ}))
    for by in (as_borealis, reader):
        with pytest.raises(NotAllowed):
            watermarks.reset(acme_payments, now=now, by=by)
    assert not AuditEntry.objects.exists()


def test_what_is_written_down_stays(acme_payments, as_staff, now):
    entry = auditing.note("test", acme_payments, by=as_staff, now=now)
    assert (entry.actor, entry.user) == ("staff", as_staff.user)
    entries = AuditEntry.objects.all()
    for change in (entry.save, entry.delete, partial(entries.update, act="x"), entries.delete):
        with pytest.raises(TypeError):
            change()
    assert AuditEntry.objects.get() == entry


# Consents


@pytest.fixture
def agreed(acme, payment, now):
    return make_activation(acme, make_integration(payment, now=now, consent_type_id="Confirm"), now=now)


def expire(activation, now):
    """A minute after its consent has run out."""
    Consent.objects.update(expires_on=now + timedelta(days=1))
    later = now + timedelta(days=1, minutes=1)
    activations.align(ClientIntegration.objects.all(), now=later)
    activation.refresh_from_db()
    return later


def test_an_expired_consent_stops_and_its_renewal_goes_on(agreed, as_acme, now):
    later = expire(agreed, now)
    assert not agreed.runnable
    until = later + timedelta(days=30)
    agreements.renew(agreed.consent, until=until, now=later, by=as_acme)
    agreed.refresh_from_db()
    assert agreed.runnable
    consent = Consent.objects.get()
    assert (consent.expires_on, consent.granted_on, consent.state) == (until, later, "Granted")


def test_a_consent_that_was_withdrawn_is_not_renewed(agreed, as_acme, now):
    agreements.withdraw(agreed.consent, now=now, by=as_acme)
    with pytest.raises(Conflict):
        agreements.renew(agreed.consent, until=None, now=now, by=as_acme)
    agreed.refresh_from_db()
    assert not agreed.runnable
    activations.enable(agreed, now=now, by=as_acme, consent=True)
    assert agreed.runnable
    assert Consent.objects.filter(state="Granted").count() == 1


def test_a_consent_is_not_renewed_until_the_past(agreed, as_acme, now):
    with pytest.raises(Refused) as refusal:
        agreements.renew(agreed.consent, until=now, now=now, by=as_acme)
    assert refusal.value.field == "expires_on"


def test_nobody_renews_for_another_client(agreed, as_borealis, now):
    with pytest.raises(NotAllowed):
        agreements.renew(agreed.consent, until=None, now=now, by=as_borealis)
