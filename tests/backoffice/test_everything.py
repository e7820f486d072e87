"""Acting on all that a filtered list shows: what the filter means, the count beforehand, and the job."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.utils import timezone

from integrations.models import AuditEntry
from queues import bulk
from queues.admin.everything import NotNameable, named, shown_again
from queues.admin.saved_views import SAVED_VIEWS
from queues.admin.wanted import in_words
from queues.models import BulkJob, IntegrationQueue
from queues.states import State
from tests.backoffice.crowd import gather
from tests.backoffice.people import address, first_row, messages_of

QUEUE = address("queue.integrationqueue")


def meant(now, **parameters):
    return named(QueryDict(urlencode(parameters)), now=now)


def everything(act, **parameters):
    return f"{QUEUE}everything/{act}/?{urlencode(parameters)}"


@pytest.mark.parametrize(
    ("parameters", "wanted"),
    [
        ({}, {}),
        ({"state__exact": "Retrying", "p": "3", "o": "1"}, {"state": ["Retrying"]}),
        (
            {"integration__id__exact": "7", "integration__system__id__exact": "8"},
            {"integration": 7, "system": 8},
        ),
        ({"client_integration__id__exact": "5", "run__id__exact": "6"}, {"client_integration": 5, "run": 6}),
        ({"attempt_from": "3", "message__icontains": "iban"}, {"attempt_from": 3, "message": "iban"}),
        ({"attempt_from": "x"}, {}),
        ({"item_id": "P-1", "q": " PAY "}, {"item_id": "P-1", "search": "PAY"}),
        ({"view": "dead"}, {"state": ["DeadLetter"]}),
        ({"view": "dead", "state__exact": "Pending"}, {"state": []}),
    ],
)
def test_a_list_s_filter_is_named_as_jobs_name_it(parameters, wanted, now):
    assert meant(now, **parameters) == wanted


def test_views_by_time_are_named_by_their_moment(now):
    assert meant(now, view="overdue") == {
        "state": ["Pending", "Retrying"],
        "due_before": now - timedelta(minutes=10),
    }
    assert meant(now, view="stuck") == {"state": ["Processing"], "due_before": now - timedelta(minutes=2)}


def test_both_ends_of_a_range_belong_to_it(now):
    day = {"updated_on_from_0": "2026-03-02", "updated_on_from_1": "10:00:00"}
    until = {"updated_on_to_0": "2026-03-02", "updated_on_to_1": "12:00:00"}
    assert meant(now, **day, **until) == {
        "updated_from": now - timedelta(hours=2),
        "updated_before": now + timedelta(microseconds=1),
    }


def test_a_day_without_a_time_is_the_whole_of_it(now):
    midnight = now.replace(hour=0)
    assert meant(now, updated_on_from_0="2026-03-02", updated_on_to_0="2026-03-02") == {
        "updated_from": midnight,
        "updated_before": midnight + timedelta(days=1),
    }
    assert meant(now, updated_on_from_1="10:00") == {}
    assert meant(now, created_on_from_0="2026-03-02", updated_on_to_0="2026-03-01") == {
        "created_from": midnight,
        "updated_before": midnight,
    }


@pytest.mark.parametrize(
    ("chosen", "shown"),
    [
        ({"updated_on_from_0": "2026-03-02"}, ["1", "0"]),
        ({"updated_on_from_0": "2026-03-02", "updated_on_from_1": "12:00"}, ["1"]),
        ({"updated_on_to_0": "2026-03-02", "updated_on_to_1": "11:30"}, ["0"]),
        ({"updated_on_to_0": "2026-03-01"}, []),
        ({"updated_on_from_0": "soon"}, []),
        ({"created_on_from_0": "2026-03-02", "message__icontains": "REFUSED"}, ["1", "0"]),
        ({"created_on_to_0": "2026-03-01"}, []),
    ],
)
def test_a_list_shows_what_lies_between_two_moments(superuser, now, chosen, shown):
    gather(range(2), now=now)
    IntegrationQueue.objects.filter(item_id="0").update(updated_on=now - timedelta(hours=1))
    assert [item.item_id for item in superuser.get(QUEUE, chosen).context["cl"].result_list] == shown


def test_a_job_s_items_are_found_again_in_whatever_state_they_are_by_then():
    kept = {"state": ["DeadLetter"], "client_integration": 3, "message": "401", "search": "P-"}
    assert shown_again(kept) == {"client_integration__id__exact": 3, "q": "P-"}


@pytest.mark.parametrize(
    "parameters",
    [
        {"colour": "red"},
        {"integration__id__exact": "x"},
        {"updated_on_to_0": "soon", "updated_on_to_1": "12:00"},
    ],
)
def test_a_filter_without_a_name_is_for_looking_only(parameters, now):
    with pytest.raises(NotNameable):
        meant(now, **parameters)


def test_every_saved_view_shows_the_rows_that_its_job_would_change(superuser, as_staff, now):
    gather(range(6), now=now)
    ago, lately, soon = (timezone.now() - timedelta(minutes=minutes) for minutes in (60, 5, -60))
    states = [
        (State.PENDING, ago),
        (State.RETRYING, lately),
        (State.PENDING, soon),
        (State.PROCESSING, ago),
        (State.ON_HOLD, None),
        (State.DEAD_LETTER, None),
    ]
    for number, (state, due_at) in enumerate(states):
        IntegrationQueue.objects.filter(item_id=str(number)).update(state=state, due_at=due_at)
    for name, shown in {"due": 2, "waiting": 3, "dead": 1, "overdue": 1, "stuck": 1, "held": 1}.items():
        assert superuser.get(QUEUE, {"view": name}).context["cl"].result_count == shown
        wanted = named(QueryDict(f"view={name}"), now=timezone.now())
        assert bulk.preview("cancel", wanted, by=as_staff).matching == shown
    assert set(SAVED_VIEWS) == {"due", "waiting", "dead", "overdue", "stuck", "held"}


def test_everything_that_matches_is_counted_then_done_by_a_job_one_can_watch(superuser, now):
    gather(range(3), now=now)
    BulkJob.objects.all().delete()
    done = IntegrationQueue.objects.get(item_id="2")
    IntegrationQueue.objects.filter(pk=done.pk).update(state=State.SUCCEEDED)
    page = superuser.get(QUEUE, {"message__icontains": "refused"})
    (hold,) = [link for title, link in page.context["everything_acts"] if title == "Cancel"]
    asked = superuser.get(hold).content.decode()
    assert page.context["wanted"] == [("Last message has", "refused")]
    assert "<bdi>refused</bdi>" in asked
    assert "0 of 3 items would be changed" in asked
    retry = everything("retry_with_reset", view="dead")
    asked = superuser.get(retry).content.decode()
    assert "2 of 2 items would be changed" in asked
    assert "Opens it again as if it had never failed, with all its attempts." in asked
    assert not BulkJob.objects.exists()
    progress = superuser.post(retry, follow=True)
    assert 'data-live="1.5"' in progress.content.decode()
    bulk.work(now=timezone.now())
    finished = superuser.get(progress.redirect_chain[0][0]).content.decode()
    assert "2 of 2 done" in finished
    assert "data-live=" not in finished
    assert "State: <bdi>Dead letter</bdi>" in finished
    assert ">Stop</button>" not in finished
    assert set(IntegrationQueue.objects.values_list("state", flat=True)) == {State.PENDING, State.SUCCEEDED}
    assert AuditEntry.objects.filter(act="bulk retry_with_reset", user__username="staff").exists()


def test_a_job_can_be_stopped_from_its_page(superuser, now):
    gather(range(1), now=now)
    progress = superuser.post(everything("hold", view="waiting"), follow=True)
    job = BulkJob.objects.latest("pk")
    assert [title for title, *_ in progress.context["verbs"]] == ["Stop"]
    superuser.post(address("queue.bulkjob", "handle", job.pk, "stop"))
    job.refresh_from_db()
    assert job.has_ended


def test_a_filter_is_told_in_words_and_by_names(db, now):
    gather(range(1), now=now)
    item = IntegrationQueue.objects.select_related("client", "integration__system").get()
    wanted = {
        "state": ["DeadLetter", "OnHold"],
        "client": item.client.code,
        "integration": item.integration_id,
        "client_integration": item.client_integration_id,
        "system": item.integration.system_id,
        "updated_before": "2026-03-02T14:00:00+02:00",
        "created_from": now,
        "ids": [1, 2],
        "attempt_from": 3,
    }
    assert dict(in_words(wanted)) == {
        "State": "Dead letter, On hold",
        "Client": str(item.client),
        "Integration": str(item.integration),
        "Integration for client": f"{item.integration} for {item.client}",
        "System": str(item.integration.system),
        "Updated before": "2026-03-02 12:00:00 UTC",
        "Created from": "2026-03-02 12:00:00 UTC",
        "Chosen": "2 items",
        "Attempts, at least": "3",
    }
    assert list(in_words({"integration": 0, "run": 5, "ids": [1]})) == [
        ("Integration", "0"),
        ("Run", "5"),
        ("Chosen", "1 item"),
    ]


def test_a_state_that_there_is_not_and_a_search_for_nothing_break_no_list(superuser, now):
    gather(range(1), now=now)
    unknown = superuser.get(QUEUE, {"state__exact": "<Lost>"})
    assert unknown.context["wanted"] == [("State", "<Lost>")]
    assert "<bdi>&lt;Lost&gt;</bdi>" in unknown.content.decode()
    blank = superuser.get(QUEUE, {"q": " "})
    assert (blank.context["wanted"], blank.context["cl"].result_count) == ([], 1)


def test_a_filter_that_is_for_looking_only_offers_no_acts(superuser, now):
    gather(range(1), now=now)
    page = superuser.post(everything("retry", item_name="x"), follow=True)
    assert messages_of(page) == ["This filter is for looking only: choose rows one by one."]
    assert messages_of(superuser.get(everything("explode"), follow=True)) == [
        "An act is one of retry, retry_with_reset, cancel, hold, release."
    ]


def test_who_may_only_look_is_offered_nothing_and_does_nothing(operator, now):
    gather(range(1), now=now)
    viewer = operator("queue.view_integrationqueue", "queue.view_bulkjob")
    assert viewer.get(QUEUE).context["everything_acts"] == []
    assert viewer.post(everything("retry")).status_code == 403
    assert (
        viewer.post(address("queue.bulkjob", "handle", first_row("queue.bulkjob").pk, "stop")).status_code
        == 403
    )


def test_a_search_is_a_start_spaces_and_all(superuser, now):
    gather(range(2), now=now)
    for text, found in {"Item 1": 1, "Item": 2, "tem": 0, "1": 1}.items():
        assert superuser.get(QUEUE, {"q": text}).context["cl"].result_count == found


def test_the_whole_message_of_a_dead_letter_is_in_the_list(superuser, now):
    gather(range(1), now=now)
    message = "422: " + "the creditor's account is closed, " * 5 + "<b>call</b> them"
    IntegrationQueue.objects.update(message=message)
    text = superuser.get(QUEUE, {"view": "dead"}).content.decode()
    assert text.count("&lt;b&gt;call&lt;/b&gt; them") == 2
