"""One act on many items: counted beforehand, done in chunks, whatever cuts it off."""

from datetime import timedelta

import pytest
from django.db import OperationalError

from integrations.errors import Conflict, Invalid, NotAllowed, Refused
from integrations.models import AuditEntry
from integrations.principals import Principal, Scope
from queues import acts, bulk, tasks
from queues.acts import Act
from queues.bulk import working
from queues.models import BulkJob, IntegrationQueue
from queues.states import BY_HAND, State
from tests.cast import make_activation
from tests.queues.api.test_items import make_item


@pytest.fixture
def items(acme_payments, now):
    """Four dead letters, of which two say 503, two delivered, then one of each that waits."""
    states = [State.DEAD_LETTER] * 4 + [State.SUCCEEDED] * 2 + [State.RETRYING, State.ON_HOLD, State.PENDING]
    return [
        make_item(
            acme_payments,
            number,
            now,
            state=state,
            due_at=now + timedelta(hours=1) if state in (State.PENDING, State.RETRYING) else None,
            attempt=0 if state == State.PENDING else 3,
            message="503: Busy." if number < 2 else "422: No." if number < 4 else None,
        )
        for number, state in enumerate(states)
    ]


def run(act, wanted, *, by, now):
    """Starts a job and works it off; the job as it is then."""
    job = bulk.start(act, wanted, by=by, now=now)
    while bulk.work(now=now):
        pass
    job.refresh_from_db()
    return job


def states(**wanted):
    return list(IntegrationQueue.objects.filter(**wanted).order_by("pk").values_list("state", flat=True))


def test_a_preview_counts_what_matches_and_what_can_be_done(items, as_acme, django_assert_num_queries):
    with django_assert_num_queries(1):
        counted = bulk.preview("retry", {}, by=as_acme)
    assert (counted.matching, counted.legal) == (9, 8)
    assert counted.by_state == {"DeadLetter": 4, "Succeeded": 2, "Retrying": 1, "OnHold": 1, "Pending": 1}
    assert bulk.preview("retry", {"message": "503"}, by=as_acme).matching == 2


def test_a_job_does_what_can_be_done_and_says_what_it_skipped(items, as_acme, now):
    job = run("hold", {}, by=as_acme, now=now)
    assert (job.state, job.total, job.done, job.skipped, job.progress) == ("Done", 9, 2, 7, 100)
    assert job.reasons == [
        "4 are Dead letter, and cannot be put on hold.",
        "1 is On hold, and cannot be put on hold.",
        "2 are Succeeded, and cannot be put on hold.",
    ]
    assert states()[6:] == ["OnHold"] * 3
    entries = AuditEntry.objects.order_by("pk").values_list("act", "client__code")
    assert list(entries) == [("bulk hold", "acme"), ("bulk hold done", "acme")]


@pytest.mark.parametrize("act", list(Act))
@pytest.mark.parametrize("state", list(State))
def test_an_act_leads_from_its_legal_states_to_its_own(act, state, acme_payments, as_acme, now):
    open_ = state in (State.PENDING, State.RETRYING, State.PROCESSING)
    item = make_item(
        acme_payments, 1, now, state=state, message="x", due_at=now if open_ else None, attempt=3
    )
    job = run(act, {"ids": [item.pk]}, by=as_acme, now=now)
    before = IntegrationQueue.objects.values().get()
    if state not in acts.legal_states(act):
        assert (job.done, job.skipped, before["state"], before["row_version"]) == (0, 1, state, 1)
        return
    assert (job.done, before["row_version"]) == (1, 2)
    goes_on_waiting = act == Act.RETRY and state == State.RETRYING
    assert before["state"] == (State.RETRYING if goes_on_waiting else acts.TARGETS[act])
    assert before["due_at"] == (now if acts.TARGETS[act] == State.PENDING else None)
    assert acts.legal_states(act) <= BY_HAND[acts.TARGETS[act]]


def test_a_retry_goes_on_counting_and_a_reset_begins_anew(items, as_acme, now):
    dead, waiting = items[0], items[6]
    run("retry", {"ids": [dead.pk, waiting.pk]}, by=as_acme, now=now)
    rows = IntegrationQueue.objects.filter(pk__in=[dead.pk, waiting.pk]).order_by("pk")
    assert list(rows.values_list("attempt", "cycle", "message")) == [(3, 2, None), (3, 1, None)]
    rows.update(state=State.DEAD_LETTER, message="x", due_at=None)
    run("retry_with_reset", {"ids": [dead.pk, waiting.pk]}, by=as_acme, now=now)
    assert list(rows.values_list("attempt", "cycle", "message")) == [(0, 3, None), (0, 2, None)]


def test_what_is_switched_off_waits_for_being_switched_on(items, acme_payments, as_acme, now):
    type(acme_payments).objects.update(runnable=False)
    run("retry", {"state": "DeadLetter"}, by=as_acme, now=now)
    assert set(IntegrationQueue.objects.filter(cycle=2).values_list("state", "due_at")) == {("Pending", None)}


def test_a_job_cut_off_anywhere_goes_on_where_it_was(items, as_acme, now, monkeypatch):
    monkeypatch.setattr(working, "CHUNK", 2)
    job = bulk.start("retry", {"state": ["DeadLetter"]}, by=as_acme, now=now)
    assert bulk.work(now=now)
    job.refresh_from_db()
    assert (job.state, job.done, job.progress) == ("Running", 2, 50)

    def die(*args, **options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(working, "wake_drains", die)
        with pytest.raises(KeyboardInterrupt):
            bulk.work(now=now)
    assert states(pk__in=[item.pk for item in items[:4]]) == ["Pending"] * 2 + ["DeadLetter"] * 2
    while bulk.work(now=now):
        pass
    job.refresh_from_db()
    assert (job.state, job.done, job.skipped) == ("Done", 4, 0)
    assert IntegrationQueue.objects.filter(cycle=2).count() == 4


def test_items_made_after_the_job_are_not_its_own(items, acme_payments, as_acme, now):
    job = bulk.start("cancel", {}, by=as_acme, now=now)
    later = make_item(acme_payments, 10, now)
    bulk.work(now=now)
    later.refresh_from_db()
    assert later.state == State.PENDING
    job.refresh_from_db()
    assert job.done == 3


def test_jobs_take_turns(items, as_acme, now, monkeypatch):
    monkeypatch.setattr(working, "CHUNK", 1)
    long, short = (bulk.start(act, {}, by=as_acme, now=now) for act in ("hold", "release"))
    for second in range(1, 3):
        bulk.work(now=now + timedelta(seconds=second))
    assert [BulkJob.objects.get(pk=job.pk).skipped for job in (long, short)] == [1, 1]


def test_a_busy_database_is_asked_again_and_a_broken_job_stops_no_other(items, as_acme, now, monkeypatch):
    def refuse(*args):
        raise OperationalError("deadlock detected")

    broken = bulk.start("retry", {"state": "DeadLetter"}, by=as_acme, now=now)
    monkeypatch.setattr(working, "_lock", refuse)
    for _ in range(working.MOST_FAILURES - 1):
        bulk.work(now=now)
    broken.refresh_from_db()
    assert (broken.state, broken.done, broken.failures) == ("Waiting", 0, 4)
    bulk.work(now=now)
    broken.refresh_from_db()
    assert (broken.state, broken.ended_on) == ("Failed", now)
    assert broken.message == "OperationalError: see the log of the worker."
    monkeypatch.undo()
    assert run("retry", {"state": "DeadLetter"}, by=as_acme, now=now).done == 4


def test_a_job_can_be_stopped(items, as_acme, now, monkeypatch):
    monkeypatch.setattr(working, "CHUNK", 2)
    job = bulk.start("retry", {"state": "DeadLetter"}, by=as_acme, now=now)
    bulk.work(now=now)
    bulk.stop(job, by=as_acme, now=now)
    assert (job.state, job.done, job.has_ended) == ("Stopped", 2, True)
    assert not bulk.work(now=now)
    with pytest.raises(Conflict):
        bulk.stop(job, by=as_acme, now=now)


def test_nobody_acts_on_the_items_of_another(items, borealis, as_borealis, as_staff, payments_out, now):
    theirs = make_item(make_activation(borealis, payments_out, now=now), 1, now)
    assert bulk.preview("hold", {"client": "acme"}, by=as_borealis).matching == 0
    run("hold", {"ids": [item.pk for item in (*items, theirs)]}, by=as_borealis, now=now)
    assert [item.state for item in IntegrationQueue.objects.filter(row_version=2)] == ["OnHold"]
    assert bulk.preview("hold", {}, by=as_staff).matching == 10
    nobody = Principal(None, None, frozenset({Scope.OPERATE}))
    assert bulk.preview("hold", {}, by=nobody).matching == 0
    with pytest.raises(NotAllowed):
        bulk.start("hold", {}, by=Principal(None, borealis, frozenset({Scope.READ})), now=now)


def test_the_filter_s_words(items, acme_payments, as_acme, now):
    def count(**wanted):
        return bulk.preview("retry", wanted, by=as_acme).matching

    moment = now.isoformat()
    assert count(state=[]) == 0
    assert count(state=["Succeeded", "OnHold"], direction="Outbound") == 3
    assert count(integration=acme_payments.integration_id, client_integration=acme_payments.pk) == 9
    assert count(system=acme_payments.integration.system_id, client="acme") == 9
    assert count(run=5) == 0
    assert (count(item_id="3"), count(search="P-"), count(search="3"), count(message="BUSY")) == (1, 9, 1, 2)
    assert (count(attempt_from=1), count(attempt_from=4)) == (8, 0)
    assert (count(due_from=moment), count(due_before=moment)) == (2, 0)
    assert (count(updated_from=now, created_from=moment), count(updated_before=moment)) == (9, 0)
    assert count(created_before="2026-03-02T14:00:01+02:00") == 9


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"colour": "red"}, "filter.colour"),
        ({"ids": ["1"]}, "filter.ids"),
        ({"ids": [True]}, "filter.ids"),
        ({"ids": [0] * 10_001}, "filter.ids"),
        ({"state": "Dead"}, "filter.state"),
        ({"direction": "outbound"}, "filter.direction"),
        ({"run": 2**63}, "filter.run"),
        ({"search": "a\0"}, "filter.search"),
        ({"message": ""}, "filter.message"),
        ({"attempt_from": -1}, "filter.attempt_from"),
        ({"due_from": "2026-03-02"}, "filter.due_from"),
    ],
)
def test_a_word_that_means_nothing_is_named(wanted, field, as_acme):
    with pytest.raises(Invalid) as refusal:
        bulk.preview("retry", wanted, by=as_acme)
    assert [fault.field for fault in refusal.value.faults] == [field]


def test_an_act_that_does_not_exist_is_refused(as_acme):
    with pytest.raises(Refused) as refusal:
        bulk.preview("explode", {}, by=as_acme)
    assert refusal.value.field == "act"


def test_a_worker_does_what_there_is(items, as_acme, now):
    bulk.start("retry", {"state": "DeadLetter"}, by=as_acme, now=now)
    assert bulk.has_work()
    assert tasks.bulk_jobs() is False
    assert not bulk.has_work()
    assert BulkJob.objects.get().done == 4
