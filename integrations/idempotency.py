"""A request with an Idempotency-Key is executed once, however often it comes: later ones get its answer.

A claim is committed before the request is executed, so that a second one sees it. The answer is stored in the
transaction of what the request does: there is never one without the other, wherever the process dies.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, QuerySet

from integrations.errors import Conflict, Refused
from integrations.models import KeptAnswer
from integrations.principals import Principal

KEPT_FOR = timedelta(hours=24)
# A claim this old is one that was cut off.
CLAIM_LASTS = timedelta(minutes=2)
PAGE = 5000


class KeyReused(Refused):
    """The key came with another request before."""


class KeyInUse(Conflict):
    """The first request with this key has not been answered yet."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: str


def caller_of(principal: Principal) -> str:
    """Keys belong to a credential, or to a person that signed in."""
    if principal.credential_id is not None:
        return f"credential {principal.credential_id}"
    return f"user {principal.user.pk if principal.user else None}"


def claim(caller: str, key: str, *, fingerprint: str, now: datetime) -> KeptAnswer | Answer:
    """The claim of a request that is to be executed, or the answer it was given before.

    Raises KeyReused, or KeyInUse. Must not be called in a transaction that is rolled back with the request.
    """
    kept, is_new = KeptAnswer.objects.get_or_create(
        caller=caller, key=key, defaults={"fingerprint": fingerprint, "claimed_on": now}
    )
    if is_new:
        return kept
    if kept.claimed_on <= now - KEPT_FOR:
        return _claim_anew(kept, fingerprint, now)
    if kept.fingerprint != fingerprint:
        raise KeyReused("This Idempotency-Key came with another request before.", field="Idempotency-Key")
    if kept.status is not None:
        return Answer(kept.status, kept.headers, kept.body)
    if kept.claimed_on > now - CLAIM_LASTS:
        raise _in_use()
    return _claim_anew(kept, fingerprint, now)


def keep(claimed: KeptAnswer, answer: Answer) -> None:
    """Stores the answer. Raises KeyInUse when the claim is not ours any more: undo what was done then."""
    claimed.status, claimed.headers, claimed.body = answer.status, dict(answer.headers), answer.body
    values = {"status": claimed.status, "headers": claimed.headers, "body": claimed.body}
    if not _held(claimed).update(**values):
        raise _in_use()


def release(claimed: KeptAnswer) -> None:
    """The request was refused and changed nothing: the same key may come again."""
    _held(claimed).delete()


def prune(now: datetime) -> None:
    """Forgets answers past their time, a page of them at once."""
    old = KeptAnswer.objects.filter(claimed_on__lte=now - KEPT_FOR).order_by("claimed_on")
    KeptAnswer.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:PAGE])).delete()


def _claim_anew(kept: KeptAnswer, fingerprint: str, now: datetime) -> KeptAnswer:
    ours = KeptAnswer.objects.filter(pk=kept.pk, claim_no=kept.claim_no).update(
        claim_no=F("claim_no") + 1, claimed_on=now, fingerprint=fingerprint, status=None, headers={}, body=""
    )
    if not ours:
        raise _in_use()
    kept.refresh_from_db()
    return kept


def _held(claimed: KeptAnswer) -> QuerySet[KeptAnswer]:
    return KeptAnswer.objects.filter(pk=claimed.pk, claim_no=claimed.claim_no, status=None)


def _in_use() -> KeyInUse:
    return KeyInUse("A request with this Idempotency-Key is being answered; try again in a moment.")
