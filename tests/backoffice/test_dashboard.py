from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations import engine_switch
from integrations.models import AuditEntry, ClientIntegration
from queues import pulses, snapshots
from queues.models import ActionAttempt, EngineBeat, IntegrationQueue, OutcomeHour, StateSnapshot
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


def tile(page, title):
    (found,) = [tile for tile in page.context["tiles"] if tile.title == title]
    return found


def test_it_counts_items_by_state_and_integration_and_leads_to_their_lists(superuser, now):
    gather(range(3), now=now)
    IntegrationQueue.objects.filter(item_id="0").update(state=State.ON_HOLD, due_at=None)
    IntegrationQueue.objects.filter(item_id="1").update(state=State.RETRYING, due_at=now)
    snapshots.take(now)
    page = superuser.get("/admin/")
    dead = tile(page, "Dead letters")
    assert (dead.shown, dead.is_bad) == ("1", True)
    for counted in (dead, tile(page, "Due now"), tile(page, "In flight")):
        assert superuser.get(counted.link).context["cl"].result_count == int(counted.shown)
    cells = [cell for line in page.context["lines"] for cell in line.cells]
    assert sorted(number for state, number, _ in cells if state == State.ON_HOLD) == [0, 0, 1]
    for _, number, link in cells:
        assert superuser.get(link).context["cl"].result_count == number


def test_every_tile_leads_to_a_page(superuser, now):
    gather(range(1), now=now)
    IntegrationQueue.objects.update(state=State.PENDING, due_at=now)
    ClientIntegration.objects.update(runnable=True)
    snapshots.take(now)
    StateSnapshot.objects.update(last_run_on=timezone.now() - timedelta(hours=3))
    tiles = superuser.get("/admin/").context["tiles"]
    assert [each.title for each in tiles][-1] == "Stalest"
    assert tiles[-1].shown == "3 h"
    assert [superuser.get(each.link).status_code for each in tiles] == [200] * 6


def test_it_tells_as_of_when_it_counts_and_what_waits(superuser, now):
    assert "Items have not been counted yet." in text_of(superuser)
    gather(range(1), now=now)
    waiting_since = timezone.now() - timedelta(minutes=19, seconds=30)
    IntegrationQueue.objects.update(state=State.PENDING, due_at=waiting_since)
    snapshots.take(now + timedelta(minutes=9))
    StateSnapshot.objects.update(oldest_due=waiting_since)
    page = superuser.get("/admin/")
    assert "counted as of 2026-03-02 12:09:00 UTC." in page.content.decode()
    oldest = tile(page, "Oldest waiting")
    assert (oldest.shown, oldest.is_bad) == ("19 min", True)
    StateSnapshot.objects.update(due=1, pending=2, retrying=3)
    due = tile(superuser.get("/admin/"), "Due now")
    assert (due.shown, due.hint) == ("1", "of 5 that wait")


def test_finished_items_may_have_been_counted_earlier(superuser, now):
    gather(range(1), now=now)
    snapshots.take(now)
    StateSnapshot.objects.update(settled_on=now - timedelta(minutes=8))
    assert "finished ones and those on hold as of 11:52:00" in text_of(superuser)


def test_it_tells_what_came_of_the_attempts_of_a_day_hour_by_hour(superuser, now):
    gather(range(1), now=now)
    this_hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    OutcomeHour.objects.update(hour=this_hour - timedelta(hours=30), done=1000)
    activation = ClientIntegration.objects.get()
    OutcomeHour.objects.create(client_integration=activation, hour=this_hour, done=6, retried=1, dead=1)
    page = superuser.get("/admin/")
    rate = tile(page, "Succeeded in 24\N{NO-BREAK SPACE}h")
    assert (rate.shown, rate.hint, rate.is_bad) == ("75.0 %", "6 of 8 attempts", True)
    attempt = ActionAttempt.objects.latest("pk")
    for begun, listed in [(this_hour - timedelta(hours=23), 1), (this_hour - timedelta(hours=25), 0)]:
        ActionAttempt.objects.filter(pk=attempt.pk).update(outcome="Done", started_on=begun)
        assert superuser.get(rate.link).context["cl"].result_count == listed
    bars = page.context["last_day"].bars
    assert (len(bars), page.context["last_day"].highest) == (24, 8)
    assert bars[-1].spoken == "6 delivered, 1 to be retried, 1 given up"
    assert [bar.total for bar in bars[:-1]] == [0] * 23


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


def test_an_empty_hub_has_a_list_of_first_steps_that_ticks_itself(superuser, payments_out, acme):
    steps = {step.title: step.done for step in superuser.get("/admin/").context["steps"]}
    assert [title for title, done in steps.items() if done] == [
        "Add a client",
        "Describe an entity",
        "Name a system",
        "Say what is sent",
        "Make a schedule",
        "Publish an integration",
    ]
    assert superuser.get("/admin/").content.decode().count("hub-done") == 6


def test_the_first_steps_are_gone_when_all_are_done(superuser, now):
    gather(range(1), now=now)
    ClientIntegration.objects.update(enabled=True)
    IntegrationQueue.objects.update(state=State.SUCCEEDED, message=None)
    assert superuser.get("/admin/").context["steps"] == []


def test_it_tells_whose_items_do_not_flow_since_when_and_why(superuser, now):
    gather(range(2), now=now)
    ClientIntegration.objects.filter(client__code="client1").update(problem="", problem_on=None)
    gave_up_on = now - timedelta(days=2, minutes=7)
    IntegrationQueue.objects.filter(item_id="1").update(finished_on=gave_up_on)
    snapshots.take(now)
    broken, dead = superuser.get("/admin/").context["pairs"]
    assert (str(broken.activation.client), broken.activation.problem, broken.since) == (
        "Client 0",
        "Broken.",
        now,
    )
    assert (str(dead.activation.client), dead.snapshot.dead_letter) == ("Client 1", 1)
    assert (dead.since, dead.success_rate, dead.last_failure) == (gave_up_on, None, "Refused.")
    assert superuser.get(dead.dead_link).context["cl"].result_count == 1


def test_it_names_those_whose_run_is_late(superuser, acme_payments):
    ClientIntegration.objects.update(next_run_at=timezone.now() - timedelta(minutes=20))
    text = text_of(superuser)
    assert "Stale watermarks" in text
    assert "should have run 20\xa0minutes ago" in text


def test_the_engine_is_stopped_and_started_from_here(superuser, operator, now):
    superuser.post("/admin/integrations/engineswitch/hub/stop/")
    assert "engine is stopped, since" in text_of(superuser)
    assert not engine_switch.hub_is_running()
    superuser.post("/admin/integrations/engineswitch/hub/start/")
    assert engine_switch.hub_is_running()
    assert list(AuditEntry.objects.values_list("act", flat=True)) == ["start engine", "stop engine"]
    viewer = operator("integrations.view_engineswitch")
    assert viewer.post("/admin/integrations/engineswitch/hub/stop/").status_code == 403
    assert "Stop the engine" not in text_of(viewer)


def test_workers_that_do_not_answer_look_frozen(superuser, seen):
    seen(timedelta(seconds=70))
    EngineBeat.objects.create(name=pulses.SENT, seen_on=timezone.now() - timedelta(seconds=50))
    assert "they look frozen" in text_of(superuser)


@pytest.mark.parametrize(
    ("ago", "told"),
    [
        (timedelta(seconds=30), 'tick <span class="hub-quiet">starts runs and counts, seen '),
        (timedelta(minutes=7), "The engine was last seen 7\xa0minutes ago: nothing is delivered"),
    ],
)
def test_it_tells_whether_the_engine_runs(superuser, seen, ago, told):
    seen(ago)
    assert told in text_of(superuser)


def test_a_part_that_lives_while_there_is_work_for_it_does_not_lag(superuser, now):
    for name in ("bulk", "drain", "retention", "scan"):
        EngineBeat.objects.create(name=name, seen_on=timezone.now() - timedelta(hours=1))

    def lagging():
        return {part.name for part in superuser.get("/admin/").context["engine"].parts if part.is_lagging}

    assert lagging() == {"drain"}
    EngineBeat.objects.update(seen_on=timezone.now() - timedelta(hours=4))
    assert lagging() == {"drain", "retention"}


def test_it_tells_that_the_engine_has_never_run(superuser):
    assert "The engine has never been seen" in text_of(superuser)


def test_it_shows_to_staff_only_what_they_may_see(operator, now):
    gather(range(1), now=now)
    text = text_of(operator("integrations.view_clientintegration"))
    assert "Broken." in text
    assert "Items by integration and state" not in text
    assert address("queue.integrationqueue") not in text
    assert address("integrations.credential") not in text


def test_the_side_bar_counts_dead_letters_and_marks_the_page(superuser, now):
    gather(range(2), now=now)
    page = superuser.get(address("queue.integrationqueue"), {"view": "dead"})
    items = [item for group in page.context["sidebar_navigation"] for item in group["items"]]
    (dead,) = [item for item in items if item["title"] == "Dead letters"]
    assert dead["badge"] == "2"
    assert [item["title"] for item in items if item["active"]] == ["Dead letters"]


def test_the_side_bar_has_no_badge_without_dead_letters(superuser):
    groups = superuser.get("/admin/").context["sidebar_navigation"]
    assert [item for group in groups for item in group["items"] if "badge" in item] == []


def test_why_the_newest_item_failed_is_told_and_what_was_cancelled_since_is_no_failure(superuser, now):
    gather(range(3), now=now)
    IntegrationQueue.objects.filter(item_id="1").update(state=State.CANCELLED, message="Called off.")
    IntegrationQueue.objects.filter(item_id="2").update(state=State.RETRYING, due_at=now, message="503: busy")
    ClientIntegration.objects.update(problem="")
    snapshots.take(now)
    page = superuser.get("/admin/")
    assert {str(pair.activation.client): pair.last_failure for pair in page.context["pairs"]} == {
        "Client 0": "Refused.",
        "Client 2": "503: busy",
    }
    assert "503: busy" in page.content.decode()


def test_a_visitor_is_asked_to_sign_in(client, db, settings):
    assert client.get("/admin/").status_code == 302


def test_who_signs_in_at_the_sign_in_page_itself_comes_to_the_dashboard(client, as_staff):
    answer = client.post("/admin/login/", {"username": "staff", "password": "staff"})
    assert (answer.status_code, answer.url) == (302, "/admin/")
