from datetime import timedelta
from itertools import product

import pytest
from django.db import connection

from integrations import activation, agreements
from integrations.activation import (
    activate_for,
    align,
    choose_schedule,
    clear_problem,
    disable,
    enable,
    note_problem,
    pause,
    resume,
    sign_in_as,
)
from integrations.errors import Conflict, NotAllowed, Refused
from integrations.models import ClientIntegration, Consent, Integration, Schedule
from integrations.principals import Principal, Scope
from tests.cast import make_activation, make_integration, make_schedule


@pytest.fixture
def row(acme, payments_out):
    """Acme's use of the export, still switched off."""
    return activate_for(acme, payments_out)


@pytest.fixture
def confirmed(payment, now):
    """An integration that needs consent."""
    return make_integration(payment, now=now, name="With consent", consent_type_id="Confirm")


@pytest.fixture
def told(monkeypatch):
    """What a listener is told, call by call."""
    calls = []
    monkeypatch.setattr(activation, "listeners", [lambda ids, now: calls.append(list(ids))])
    return calls


def all_rows():
    return ClientIntegration.objects.all()


def test_a_row_is_made_once_and_switched_off(acme, payments_out):
    row = activate_for(acme, payments_out)
    assert activate_for(acme, payments_out) == row
    assert (row.enabled, row.runnable, row.next_run_at) == (False, False, None)


def test_an_integration_of_another_client_cannot_be_used(acme, borealis, payment, now):
    own = make_integration(payment, borealis, now=now)
    with pytest.raises(NotAllowed):
        activate_for(acme, own)
    assert not ClientIntegration.objects.exists()


def test_enabling_makes_the_first_run_due_at_once(row, as_acme, now, told):
    enable(row, now=now, by=as_acme)
    assert (row.enabled, row.runnable, row.next_run_at, row.activation_no) == (True, True, now, 1)
    assert list(ClientIntegration.objects.due(now)) == [row]
    assert told == [[row.pk]]


def test_enabling_resets_the_problem(row, as_acme, now):
    note_problem(row, "The secret does not open.", now=now)
    enable(row, now=now, by=as_acme)
    assert (row.problem, row.problem_on) == ("", None)


def test_enabling_again_changes_nothing(acme_payments, as_acme, now, told):
    before = all_rows().values().get()
    enable(acme_payments, now=now + timedelta(hours=1), by=as_acme)
    assert all_rows().values().get() == before
    assert told == []


def test_switching_on_once_more_is_a_new_activation(acme_payments, as_acme, now):
    disable(acme_payments, now=now, by=as_acme)
    enable(acme_payments, now=now, by=as_acme)
    assert acme_payments.activation_no == 2


def test_an_inactive_integration_cannot_be_switched_on(row, payments_out, as_acme, now):
    Integration.objects.update(active=False)
    with pytest.raises(Conflict, match="not active"):
        enable(row, now=now, by=as_acme)
    row.refresh_from_db()
    assert not row.enabled


def test_disabling_stops_runs_and_keeps_the_consent(acme, confirmed, as_acme, now, told):
    row = make_activation(acme, confirmed, now=now)
    disable(row, now=now, by=as_acme)
    assert (row.enabled, row.runnable, row.next_run_at) == (False, False, None)
    assert Consent.objects.get().state == Consent.State.GRANTED
    assert told == [[row.pk]]


def test_pausing_stops_runs_until_they_are_resumed(acme_payments, as_acme, now, told):
    pause(acme_payments, now=now, by=as_acme)
    assert (acme_payments.enabled, acme_payments.runnable) == (True, False)
    later = now + timedelta(hours=1)
    resume(acme_payments, now=later, by=as_acme)
    assert (acme_payments.runnable, acme_payments.next_run_at) == (True, later)
    assert told == [[acme_payments.pk]] * 2


def test_what_is_switched_off_cannot_be_paused(row, as_acme, now):
    with pytest.raises(Conflict):
        pause(row, now=now, by=as_acme)


def test_every_change_raises_the_row_version(row, as_acme, now):
    versions = [row.row_version]
    for verb in (enable, pause, resume, disable):
        verb(row, now=now, by=as_acme)
        versions.append(row.row_version)
    assert versions == sorted(set(versions))


@pytest.mark.parametrize("verb", [enable, disable, pause, resume])
def test_a_stranger_is_not_allowed(acme_payments, as_stranger, now, verb):
    before = all_rows().values().get()
    with pytest.raises(NotAllowed):
        verb(acme_payments, now=now, by=as_stranger)
    assert all_rows().values().get() == before


def test_staff_who_picked_a_client_act_for_that_one_only(acme_payments, acme, borealis, now):
    scopes = frozenset(Scope.values)
    with pytest.raises(NotAllowed):
        pause(acme_payments, now=now, by=Principal(user=None, client=borealis, scopes=scopes))
    pause(acme_payments, now=now, by=Principal(user=None, client=acme, scopes=scopes))
    resume(acme_payments, now=now, by=Principal(user=None, client=None, scopes=scopes))


# Consent


def test_without_consent_nothing_is_switched_on(acme, confirmed, as_acme, now):
    row = activate_for(acme, confirmed)
    with pytest.raises(Refused) as refusal:
        enable(row, now=now, by=as_acme)
    assert refusal.value.field == "consent"
    row.refresh_from_db()
    assert not row.enabled
    assert not Consent.objects.exists()


def test_consent_is_kept_with_who_gave_it_and_when(acme, confirmed, as_staff, now):
    row = activate_for(acme, confirmed)
    enable(row, now=now, by=as_staff, consent=True)
    consent = Consent.objects.get()
    assert (row.runnable, row.consent) == (True, consent)
    assert (consent.client, consent.consent_type_id, consent.state) == (acme, "Confirm", "Granted")
    assert (consent.granted_on, consent.granted_by) == (now, as_staff.user)


def test_a_consent_in_force_is_not_asked_for_again(acme, confirmed, as_acme, now):
    row = make_activation(acme, confirmed, now=now)
    disable(row, now=now, by=as_acme)
    enable(row, now=now, by=as_acme)
    assert row.runnable
    assert Consent.objects.count() == 1


def test_an_integration_that_asks_for_none_needs_none(row, as_acme, now):
    enable(row, now=now, by=as_acme, consent=True)
    assert row.consent is None


def test_a_consent_withdrawn_stops_what_runs_under_it(acme, confirmed, as_acme, now, told):
    row = make_activation(acme, confirmed, now=now)
    consent = Consent.objects.get()
    agreements.withdraw(consent, now=now, by=as_acme)
    row.refresh_from_db()
    assert (row.enabled, row.runnable) == (True, False)
    assert (consent.state, consent.row_version) == (Consent.State.REVOKED, 2)
    assert told == [[row.pk]]


def test_a_consent_withdrawn_has_to_be_given_again(acme, confirmed, as_acme, now):
    row = make_activation(acme, confirmed, now=now)
    agreements.withdraw(Consent.objects.get(), now=now, by=as_acme)
    with pytest.raises(Refused, match="consent"):
        enable(row, now=now, by=as_acme)
    enable(row, now=now, by=as_acme, consent=True)
    assert row.runnable
    assert Consent.objects.count() == 2


def test_nobody_withdraws_the_consent_of_another_client(acme, confirmed, as_stranger, now):
    make_activation(acme, confirmed, now=now)
    with pytest.raises(NotAllowed):
        agreements.withdraw(Consent.objects.get(), now=now, by=as_stranger)


def test_a_consent_that_expires_stops_what_runs_under_it(acme, confirmed, now):
    row = make_activation(acme, confirmed, now=now)
    Consent.objects.update(expires_on=now + timedelta(days=1))
    align(all_rows(), now=now + timedelta(hours=23))
    row.refresh_from_db()
    assert row.runnable
    align(all_rows(), now=now + timedelta(days=1))
    row.refresh_from_db()
    assert not row.runnable


# Schedules


def test_a_client_chooses_a_schedule_where_the_definition_allows_it(acme_payments, as_acme, now):
    daily = make_schedule(name="Daily", cron="0 5 * * *")
    with pytest.raises(NotAllowed) as refusal:
        choose_schedule(acme_payments, daily, now=now, by=as_acme)
    assert refusal.value.field == "schedule"
    Integration.objects.update(allow_schedule_update=True)
    choose_schedule(acme_payments, daily, now=now, by=as_acme)
    assert acme_payments.schedule == daily


def test_staff_choose_a_schedule_always(acme_payments, as_staff, now):
    daily = make_schedule(name="Daily", cron="0 5 * * *", shareable=False)
    choose_schedule(acme_payments, daily, now=now, by=as_staff)
    assert acme_payments.effective_schedule == daily
    choose_schedule(acme_payments, None, now=now, by=as_staff)
    assert acme_payments.effective_schedule == acme_payments.integration.schedule


@pytest.mark.parametrize("is_foreign", [True, False])
def test_a_schedule_that_is_not_the_clients_to_use_is_refused(
    acme_payments, borealis, as_acme, now, is_foreign
):
    Integration.objects.update(allow_schedule_update=True)
    owner = borealis if is_foreign else None
    schedule = make_schedule(owner, name="Theirs", shareable=is_foreign)
    with pytest.raises(Refused) as refusal:
        choose_schedule(acme_payments, schedule, now=now, by=as_acme)
    assert refusal.value.field == "schedule"


def test_a_new_schedule_counts_from_the_next_run_on_in_the_clients_time_zone(acme_payments, as_staff, now):
    due_later = now + timedelta(minutes=5)
    ClientIntegration.objects.update(next_run_at=due_later)
    daily = make_schedule(name="Daily", cron="0 5 * * *")
    choose_schedule(acme_payments, daily, now=now, by=as_staff)
    helsinki_is_two_hours_ahead = (now + timedelta(days=1)).replace(hour=3)
    assert acme_payments.next_run_at == helsinki_is_two_hours_ahead


# Aligning


def test_rows_are_in_line_whatever_the_state_they_come_from(acme, confirmed, now):
    """All combinations of what `runnable` is derived from."""
    row = make_activation(acme, confirmed, now=now)
    for enabled, paused, active, client_active, state in product(
        (True, False), (True, False), (True, False), (True, False), Consent.State.values
    ):
        ClientIntegration.objects.update(enabled=enabled, paused=paused)
        Integration.objects.update(active=active)
        type(acme).objects.update(active=client_active)
        Consent.objects.update(state=state)
        align(all_rows(), now=now)
        row.refresh_from_db()
        wanted = enabled and not paused and active and client_active and state == "Granted"
        assert row.runnable is wanted
        assert (row.next_run_at is not None) is wanted


def test_aligning_what_is_in_line_changes_nothing(acme_payments, now, told):
    align(all_rows(), now=now)
    before = all_rows().values().get()
    align(all_rows(), now=now)
    assert all_rows().values().get() == before
    assert told == []


def test_rows_that_are_due_stay_due(acme_payments, now):
    align(all_rows(), now=now + timedelta(minutes=10))
    acme_payments.refresh_from_db()
    assert acme_payments.next_run_at == now


def test_a_schedule_that_has_changed_moves_all_that_follow_it(acme, borealis, payments_out, now):
    followers = [make_activation(client, payments_out, now=now) for client in (acme, borealis)]
    ClientIntegration.objects.update(next_run_at=now + timedelta(days=300))
    Schedule.objects.filter(name="Hourly").update(cron="30 8 * * *")
    align(all_rows(), now=now)
    times = [ClientIntegration.objects.get(pk=row.pk).next_run_at for row in followers]
    next_half_past_eight_in_helsinki = (now + timedelta(days=1)).replace(hour=6, minute=30)
    next_half_past_eight_in_new_york = now.replace(hour=13, minute=30)
    assert times == [next_half_past_eight_in_helsinki, next_half_past_eight_in_new_york]


def test_a_schedule_that_cannot_be_read_stops_its_own_rows_and_says_so(
    acme_payments, borealis, payments_out, as_staff, now
):
    other = make_activation(borealis, payments_out, now=now)
    broken = make_schedule(name="Broken")
    choose_schedule(acme_payments, broken, now=now, by=as_staff)
    Schedule.objects.filter(pk=broken.pk).update(cron="every day")
    ClientIntegration.objects.update(next_run_at=now + timedelta(days=1))
    align(all_rows(), now=now)
    align(all_rows(), now=now + timedelta(seconds=1))
    acme_payments.refresh_from_db()
    other.refresh_from_db()
    assert acme_payments.next_run_at is None
    assert "every day" in acme_payments.problem
    assert acme_payments.problem_on == now
    assert other.next_run_at == now + timedelta(hours=1)


def test_a_schedule_that_is_mended_starts_its_rows_again(acme_payments, now):
    ClientIntegration.objects.update(next_run_at=None)
    align(all_rows(), now=now)
    acme_payments.refresh_from_db()
    assert acme_payments.next_run_at == now + timedelta(hours=1)


def test_aligning_needs_no_more_statements_for_more_clients(
    payments_out, acme, borealis, now, django_assert_max_num_queries
):
    for client in (acme, borealis):
        activate_for(client, payments_out)
    ClientIntegration.objects.update(enabled=True)
    with django_assert_max_num_queries(20):
        align(all_rows(), now=now)
    assert ClientIntegration.objects.runnable().count() == 2


# Problems and sign-ins


def test_a_problem_keeps_its_first_time_while_it_lasts(acme_payments, now):
    note_problem(acme_payments, "No action.", now=now)
    note_problem(acme_payments, "No action.", now=now + timedelta(hours=1))
    assert (acme_payments.problem, acme_payments.problem_on) == ("No action.", now)
    clear_problem(acme_payments)
    assert (acme_payments.problem, acme_payments.problem_on) == ("", None)


def test_whatever_the_problem_it_fits(acme_payments, now):
    note_problem(acme_payments, "\ud800\0\n" + "x" * 5000, now=now)
    acme_payments.refresh_from_db()
    assert len(acme_payments.problem) == 1000
    assert acme_payments.problem.isprintable()


def test_a_client_keeps_its_own_sign_in(acme_payments, as_acme, now):
    sign_in_as(acme_payments, username="hub", secret="geheim", now=now, by=as_acme)
    assert (acme_payments.username, acme_payments.secret) == ("hub", "geheim")


@pytest.mark.parametrize(
    ("sign_in", "field"),
    [
        ({"username": "a\0b", "secret": ""}, "username"),
        ({"username": "x" * 257, "secret": ""}, "username"),
        ({"username": "", "secret": "\ud800"}, "secret"),
    ],
)
def test_a_sign_in_that_cannot_be_kept_is_refused_by_field(acme_payments, as_acme, now, sign_in, field):
    with pytest.raises(Refused) as refusal:
        sign_in_as(acme_payments, now=now, by=as_acme, **sign_in)
    assert refusal.value.field == field


def test_a_secret_that_does_not_open_can_be_replaced(acme_payments, as_acme, now):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE integrations_clientintegration SET secret = 'of another key'")
    row = all_rows().defer("secret").get()
    sign_in_as(row, username="hub", secret="new", now=now, by=as_acme)
    assert all_rows().get().secret == "new"
