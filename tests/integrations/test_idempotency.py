"""Claims on idempotency keys: whose they are, how long they last, what becomes of one that was cut off."""

from datetime import timedelta

import pytest
from django.db.models import TextField
from django.db.models.functions import Cast

from integrations.idempotency import (
    CLAIM_LASTS,
    KEPT_FOR,
    Answer,
    KeyInUse,
    KeyReused,
    caller_of,
    claim,
    keep,
    prune,
    release,
)
from integrations.models import KeptAnswer

pytestmark = pytest.mark.django_db
ANSWER = Answer(201, {"ETag": '"1"'}, '{"secret": "hunter2"}')


def ask(now, *, caller="credential 1", key="k", fingerprint="f"):
    return claim(caller, key, fingerprint=fingerprint, now=now)


def test_the_second_time_the_answer_is_there(now):
    keep(ask(now), ANSWER)
    assert ask(now + KEPT_FOR - timedelta(seconds=1)) == ANSWER
    with pytest.raises(KeyReused):
        ask(now, fingerprint="another")


def test_an_answer_is_not_kept_in_clear(now):
    keep(ask(now), ANSWER)
    stored = KeptAnswer.objects.annotate(stored=Cast("body", TextField())).values_list("stored", flat=True)
    assert stored[0].startswith("gAAAA")


def test_keys_of_two_callers_are_two_keys(now, as_staff, as_acme):
    keep(ask(now), ANSWER)
    assert isinstance(ask(now, caller="credential 2"), KeptAnswer)
    assert caller_of(as_staff) == f"user {as_staff.user.pk}"


def test_while_the_first_is_at_work_the_second_waits(now):
    ask(now)
    with pytest.raises(KeyInUse):
        ask(now + CLAIM_LASTS - timedelta(seconds=1))


def test_a_claim_that_was_cut_off_is_taken_over_and_its_late_answer_undone(now):
    first = ask(now)
    second = ask(now + CLAIM_LASTS)
    assert isinstance(second, KeptAnswer)
    with pytest.raises(KeyInUse):
        keep(first, ANSWER)
    release(first)
    keep(second, ANSWER)
    assert ask(now + CLAIM_LASTS) == ANSWER


def test_a_refused_request_leaves_no_trace(now):
    release(ask(now))
    assert isinstance(ask(now, fingerprint="another"), KeptAnswer)


def test_after_a_day_a_key_is_new(now):
    keep(ask(now), ANSWER)
    assert isinstance(ask(now + KEPT_FOR, fingerprint="another"), KeptAnswer)
    prune(now + 2 * KEPT_FOR - timedelta(seconds=1))
    assert KeptAnswer.objects.exists()
    prune(now + 2 * KEPT_FOR)
    assert not KeptAnswer.objects.exists()
