import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations.admin import bases
from queues import bulk
from queues.admin.bodies import pretty
from queues.admin.items import IntegrationQueueAdmin
from queues.admin.timeline import SHOWN_ATTEMPTS, cycles_of
from queues.models import ActionAttempt, ActionLog, AttemptBody, IntegrationQueue
from queues.states import WAITING, State
from tests.backoffice.people import address, messages_of, page_of

QUEUE = "queue.integrationqueue"


@pytest.fixture
def make_item(acme_payments, now):
    def make(name, state, **fields):
        waits = state in (State.PENDING, State.RETRYING)
        return IntegrationQueue.objects.create(
            client_integration=acme_payments,
            client=acme_payments.client,
            integration=acme_payments.integration,
            item_id=name,
            item_name=name,
            item_updated_on=now,
            state=state,
            message="422: IBAN is not valid" if state == State.DEAD_LETTER else None,
            due_at=now if waits else None,
            created_on=now,
            updated_on=now,
            **fields,
        )

    return make


@pytest.fixture
def make_log(now):
    def make(item, *attempts, cycle=1):
        """Attempts are (outcome, response)."""
        log = ActionLog.objects.create(
            item=item,
            client=item.client,
            client_integration=item.client_integration,
            cycle=cycle,
            version=1,
            started_on=now,
        )
        for number, (outcome, response) in enumerate(attempts, start=1):
            attempt = ActionAttempt.objects.create(
                log=log,
                number=number,
                started_on=now,
                duration_ms=7,
                outcome=outcome,
                status=int(response[:3]),
                message=f"said {response[:3]}",
            )
            AttemptBody.objects.create(
                attempt=attempt, request="POST /payments", response=response, created_on=now
            )
        return log

    return make


def test_a_search_looks_the_ledger_through_once_however_much_it_finds(superuser, make_item, monkeypatch):
    for name in ("a-1", "b-1", "a-2", "a-3"):
        make_item(name, State.SUCCEEDED)
    monkeypatch.setattr(IntegrationQueueAdmin, "list_per_page", 1)
    for most, told in [(1000, "3"), (2, "2 and more")]:
        monkeypatch.setattr(bases, "COUNTED", most)
        with CaptureQueriesContext(connection) as queries:
            page = superuser.get(address(QUEUE), {"q": " a-", "p": "2"})
        assert [item.item_id for item in page.context["cl"].result_list] == ["a-2"]
        assert f"{told} queue items" in " ".join(page.content.decode().split())
        searches = [query["sql"] for query in queries if " LIKE " in query["sql"]]
        assert len([each for each in searches if '"id" IN (' not in each]) == 1
    assert superuser.get(address(QUEUE), {"q": "a-", "p": "9"}).status_code == 302


def handle(client, verb, *items):
    """Chooses the verb for a selection in the list; what the list says then."""
    chosen = {"action": verb, "_selected_action": [item.pk for item in items]}
    return messages_of(client.post(address(QUEUE), chosen, follow=True))


def press(client, verb, item):
    return client.post(address(QUEUE, "handle", item.pk, verb), follow=True)


def test_a_dead_letter_is_retried_from_the_list(superuser, make_item):
    for verb, attempt in (("retry", 7), ("retry_with_reset", 0)):
        dead = make_item(f"P-{verb}", State.DEAD_LETTER, attempt=7)
        assert handle(superuser, verb, dead) == ["1 queue item made due again."]
        dead.refresh_from_db()
        assert (dead.state, dead.attempt, dead.cycle, dead.message) == (State.PENDING, attempt, 2, None)


def test_one_item_all_that_are_chosen_and_all_that_match_are_offered_the_same_acts(superuser, make_item):
    make_item("P-1", State.DEAD_LETTER)
    acts = {str(act.label) for act in bulk.Act}
    assert {verb.title for verb in IntegrationQueueAdmin.verbs.values()} == acts
    page = superuser.get(address(QUEUE))
    assert {title for title, _ in page.context["everything_acts"]} == acts
    assert {title for _, title in page.context["action_form"].fields["action"].choices[1:]} == acts


@pytest.mark.parametrize(
    ("verb", "before", "after", "said"),
    [
        ("retry", State.RETRYING, State.RETRYING, "made due again"),
        ("retry_with_reset", State.RETRYING, State.PENDING, "made due again"),
        ("cancel", State.PENDING, State.CANCELLED, "cancelled"),
        ("hold", State.RETRYING, State.ON_HOLD, "put on hold"),
        ("release", State.ON_HOLD, State.PENDING, "released"),
    ],
)
def test_every_verb_works_on_a_selection(superuser, make_item, verb, before, after, said):
    items = [make_item("P-1", before), make_item("P-2", before)]
    assert handle(superuser, verb, *items) == [f"2 queue items {said}."]
    found = IntegrationQueue.objects.all()
    assert {item.state for item in found} == {after}
    assert {item.row_version for item in found} == {2}
    assert {item.due_at is not None for item in found} == {after in WAITING}


def test_illegal_transitions_are_skipped_and_reported_with_their_reasons(superuser, make_item):
    waiting = make_item("P-1", State.PENDING)
    done, also_done, dead = (
        make_item("P-2", State.SUCCEEDED),
        make_item("P-3", State.SUCCEEDED),
        make_item("P-4", State.DEAD_LETTER),
    )
    assert handle(superuser, "hold", waiting, done, also_done, dead) == [
        "1 queue item put on hold.",
        "2 queue items skipped: An item that is Succeeded cannot become On hold.",
        "1 queue item skipped: An item that is Dead letter cannot become On hold.",
    ]
    done.refresh_from_db()
    assert done.state == State.SUCCEEDED


def test_a_button_on_the_page_of_an_item_retries_it(superuser, make_item):
    dead = make_item("P-1", State.DEAD_LETTER)
    page = press(superuser, "retry", dead)
    assert page.redirect_chain == [(page_of(dead), 302)]
    assert messages_of(page) == ["1 queue item made due again."]
    dead.refresh_from_db()
    assert dead.state == State.PENDING


@pytest.mark.parametrize(
    ("state", "offered"),
    [
        (State.PENDING, ["Cancel", "Hold"]),
        (State.PROCESSING, ["Cancel"]),
        (State.SUCCEEDED, ["Retry", "Retry with reset"]),
        (State.RETRYING, ["Retry", "Retry with reset", "Cancel", "Hold"]),
        (State.DEAD_LETTER, ["Retry", "Retry with reset"]),
        (State.CANCELLED, ["Retry", "Retry with reset"]),
        (State.ON_HOLD, ["Retry", "Retry with reset", "Cancel", "Release"]),
    ],
)
def test_a_page_offers_only_what_the_state_allows(superuser, make_item, state, offered):
    page = superuser.get(page_of(make_item("P-1", state)))
    assert [title for title, *_ in page.context["verbs"]] == offered
    tells_apart = ["Executes it once more. Its attempts", "Opens it again as if it had never failed"]
    is_told = [f'title="{sentence}' in page.content.decode() for sentence in tells_apart]
    assert is_told == ["Retry" in offered] * 2


def test_verbs_need_the_permission_to_change(operator, make_item):
    dead = make_item("P-1", State.DEAD_LETTER)
    viewer = operator("queue.view_integrationqueue")
    page = viewer.get(page_of(dead))
    assert page.status_code == 200
    assert page.context["verbs"] == []
    assert "Retry" not in page.content.decode()
    assert press(viewer, "retry", dead).status_code == 403
    handle(viewer, "retry", dead)
    dead.refresh_from_db()
    assert dead.state == State.DEAD_LETTER


def test_the_permission_to_change_is_enough_for_the_verbs(operator, make_item):
    dead = make_item("P-1", State.DEAD_LETTER)
    press(operator("queue.change_integrationqueue"), "retry", dead)
    dead.refresh_from_db()
    assert dead.state == State.PENDING


def test_looking_at_an_address_changes_nothing(superuser, make_item):
    dead = make_item("P-1", State.DEAD_LETTER)
    assert superuser.get(address(QUEUE, "handle", dead.pk, "retry")).status_code == 405
    dead.refresh_from_db()
    assert dead.state == State.DEAD_LETTER


def test_an_unknown_verb_or_item_is_not_found(superuser, make_item):
    item = make_item("P-1", State.DEAD_LETTER)
    assert press(superuser, "refresh_from_db", item).status_code == 404
    assert superuser.post(address(QUEUE, "handle", 999, "retry")).status_code == 404
    assert superuser.post(address(QUEUE, "handle", "x", "retry")).status_code == 404


def test_the_page_of_an_item_tells_what_was_tried_in_order(superuser, make_item, make_log):
    dead = make_item("P-1", State.DEAD_LETTER)
    make_log(dead, ("Permanent", "410\n\n{}"))
    make_log(dead, ("Retry", "503\n\nbusy"), ("Permanent", '422\n\n{"error": "IBAN"}'), cycle=2)
    text = superuser.get(page_of(dead)).content.decode()
    told = [
        "422: IBAN is not valid",
        "Cycle 2",
        "said 503",
        "said 422",
        "{\n  &quot;error&quot;: &quot;IBAN&quot;\n}",
    ]
    places = [text.index(words) for words in [*told, "Cycle 1", "said 410"]]
    assert places == sorted(places)


def test_the_page_of_an_item_shows_the_latest_attempts_only(make_item, make_log):
    item = make_item("P-1", State.DEAD_LETTER)
    make_log(item, *[("Retry", "503")] * 5)
    make_log(item, *[("Retry", "503")] * SHOWN_ATTEMPTS, cycle=2)
    (cycle,) = cycles_of(item)
    assert [shown.attempt.number for shown in cycle.tries] == list(range(1, SHOWN_ATTEMPTS + 1))


def test_an_attempt_whose_bodies_were_pruned_is_still_told(superuser, make_item, make_log):
    item = make_item("P-1", State.DEAD_LETTER)
    make_log(item, ("Permanent", "422"))
    AttemptBody.objects.all().delete()
    assert "said 422" in superuser.get(page_of(item)).content.decode()
    assert "Cycle 1 of P-1" in superuser.get(page_of(ActionLog.objects.get())).content.decode()


def test_names_and_answers_of_others_are_shown_as_text(superuser, make_item, make_log):
    hostile = "<img src=x onerror=alert(1)>"
    item = make_item(hostile, State.DEAD_LETTER)
    make_log(item, ("Permanent", f"422\n\n{hostile}"))
    log = ActionLog.objects.get()
    for page in (
        address(QUEUE),
        page_of(item),
        page_of(log),
        page_of(log.attempts.get()),
        address("queue.actionlog"),
    ):
        text = superuser.get(page).content.decode()
        assert hostile not in text
        assert "&lt;img src=x onerror=alert(1)&gt;" in text


@pytest.mark.parametrize(
    ("logged", "shown"),
    [
        ('200\nA: b\n\n{"a":[1,"é"]}', '200\nA: b\n\n{\n  "a": [\n    1,\n    "é"\n  ]\n}'),
        ("200\nA: b\n\nnot {json", "200\nA: b\n\nnot {json"),
        ("200", "200"),
        ("", ""),
        ("x\n\n" + "[" * 100_000, "x\n\n" + "[" * 100_000),
    ],
)
def test_a_body_is_indented_where_it_is_json(logged, shown):
    assert pretty(logged) == shown
