from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.models import ClientIntegration
from queues import snapshots
from queues.models import EngineBeat, IntegrationQueue, OutcomeHour, StateSnapshot
from queues.states import State
from tests.backoffice.crowd import gather
from tests.backoffice.people import address


@pytest.fixture
def seen(db):
    """Says that the engine was seen that long ago."""

    def see(ago):
        EngineBeat.objects.update_or_create(name="tick", defaults={"seen_on": timezone.now() - ago})

    return see


def text_of(http):
    page = http.get("/admin/")
    assert page.status_code == 200
    return page.content.decode()


def test_it_counts_items_by_state_and_integration_and_leads_to_their_lists(superuser, now):
    gather(range(3), now=now)
    IntegrationQueue.objects.filter(item_id="0").update(state=State.ON_HOLD, due_at=None)
    snapshots.take(now)
    page = superuser.get("/admin/")
    (dead,) = [tile for tile in page.context["tiles"] if tile.state == State.DEAD_LETTER]
    assert (dead.number, dead.is_bad) == (2, True)
    assert superuser.get(dead.link).context["cl"].result_count == 2
    cells = [cell for line in page.context["lines"] for cell in line.cells]
    assert sorted(number for state, number, _ in cells if state == State.ON_HOLD) == [0, 0, 1]
    for _, number, link in cells:
        assert superuser.get(link).context["cl"].result_count == number


def test_it_tells_as_of_when_it_counts_and_what_waits(superuser, now):
    assert "Items have not been counted yet." in text_of(superuser)
    gather(range(1), now=now)
    IntegrationQueue.objects.update(state=State.PENDING, due_at=now)
    snapshots.take(now + timedelta(minutes=9))
    text = text_of(superuser)
    assert "counted as of 2026-03-02 12:09:00 UTC." in text
    assert "The oldest item that is due has waited for 9\xa0minutes." in text


def test_finished_items_may_have_been_counted_earlier(superuser, now):
    gather(range(1), now=now)
    snapshots.take(now)
    StateSnapshot.objects.update(settled_on=now - timedelta(minutes=8))
    assert "finished ones and those on hold as of 11:52:00" in text_of(superuser)


def test_it_tells_how_many_attempts_succeeded_in_a_day(superuser, now):
    gather(range(1), now=now)
    this_hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    OutcomeHour.objects.update(hour=this_hour - timedelta(hours=30), done=1000)
    activation = ClientIntegration.objects.get()
    OutcomeHour.objects.create(client_integration=activation, hour=this_hour, done=6, retried=1, dead=1)
    assert "75.0 % of 8 attempts succeeded" in text_of(superuser)


def test_it_asks_as_many_questions_of_many_integrations_as_of_one(superuser, now):
    def questions():
        snapshots.take(now)
        with CaptureQueriesContext(connection) as queries:
            superuser.get("/admin/")
        assert not any("COUNT" in query["sql"] and "LIMIT" not in query["sql"] for query in queries)
        return len(queries)

    gather(range(1), now=now)
    alone = questions()
    gather(range(1, 6), now=now)
    assert questions() == alone


def test_no_dead_letters_are_nothing_bad(superuser, now):
    page = superuser.get("/admin/")
    assert not any(tile.is_bad for tile in page.context["tiles"])
    assert "Nothing has been queued yet" in page.content.decode()


def test_it_tells_what_keeps_integrations_from_running(superuser, now):
    gather(range(1), now=now)
    text = text_of(superuser)
    assert "Own for Client 0" in text
    assert "Broken." in text


@pytest.mark.parametrize(
    ("ago", "told"),
    [
        (timedelta(seconds=30), "Engine last seen"),
        (timedelta(minutes=7), "The engine was last seen 7\xa0minutes ago: nothing is delivered"),
    ],
)
def test_it_tells_whether_the_engine_runs(superuser, seen, ago, told):
    seen(ago)
    assert told in text_of(superuser)


def test_it_tells_that_the_engine_has_never_run(superuser):
    assert "The engine has never been seen" in text_of(superuser)


def test_it_shows_to_staff_only_what_they_may_see(operator, now):
    gather(range(1), now=now)
    text = text_of(operator("integrations.view_clientintegration"))
    assert "Broken." in text
    assert "Items by integration" not in text
    assert address("queue.integrationqueue") not in text
    assert address("integrations.credential") not in text


def test_the_side_bar_counts_dead_letters_and_marks_the_page(superuser, now):
    gather(range(2), now=now)
    page = superuser.get(address("queue.integrationqueue"), {"state__exact": State.DEAD_LETTER})
    items = [item for group in page.context["sidebar_navigation"] for item in group["items"]]
    (dead,) = [item for item in items if item["title"] == "Dead letters"]
    assert dead["badge"] == "2"
    assert [item["title"] for item in items if item["active"]] == ["Dead letters"]


def test_the_side_bar_has_no_badge_without_dead_letters(superuser):
    groups = superuser.get("/admin/").context["sidebar_navigation"]
    assert [item for group in groups for item in group["items"] if "badge" in item] == []


def test_a_visitor_is_asked_to_sign_in(client, db, settings):
    assert client.get("/admin/").status_code == 302
