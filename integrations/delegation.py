"""Callers hand out keys to software: never with more rights than they have themselves."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from integrations import auditing, credentials
from integrations.credentials import Issued
from integrations.errors import NotAllowed
from integrations.models import Credential
from integrations.ownership import check_acts_for, check_scope
from integrations.principals import Principal, Scope

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def grant(
    scheme: str,
    *,
    scopes: Iterable[str],
    note: str = "",
    expires_on: datetime | None = None,
    by: Principal,
    now: datetime,
) -> Issued:
    """A key of the client the caller acts for; of staff where it acts for none. Raises Refused."""
    scopes = list(scopes)
    _check_rights(scopes, by)
    with transaction.atomic():
        issued = credentials.issue(
            scheme,
            now=now,
            client=by.client,
            user=_person(by),
            scopes=scopes,
            note=note,
            expires_on=expires_on,
        )
        auditing.note("issue credential", issued.credential, by=by, now=now, scopes=sorted(scopes))
    return issued


def renew(credential: Credential, *, overlap: timedelta, by: Principal, now: datetime) -> Issued:
    """A successor; the old key ends after the overlap. Raises Refused, and Conflict when it has ended."""
    _check_credential(credential, by)
    _check_rights(credential.scopes, by)
    with transaction.atomic():
        issued = credentials.rotate(credential, now=now, overlap=overlap)
        auditing.note("rotate credential", credential, by=by, now=now, successor=issued.credential.prefix)
    return issued


def withdraw(credential: Credential, *, by: Principal, now: datetime) -> None:
    """Ends a key at once."""
    _check_credential(credential, by)
    with transaction.atomic():
        credentials.revoke(credential, now)
        auditing.note("revoke credential", credential, by=by, now=now)


def _person(by: Principal) -> "User | None":
    """A person's key ends with what lets them act. What staff make for a client's software outlives them."""
    return by.user if by.spans_clients or not by.is_staff else None


def _check_rights(scopes: Iterable[str], by: Principal) -> None:
    check_scope(by, Scope.CREDENTIALS)
    if missing := sorted(set(scopes) & set(Scope.values) - by.scopes):
        raise NotAllowed(f"Your own credential lacks {', '.join(missing)}.", field="scopes")


def _check_credential(credential: Credential, by: Principal) -> None:
    check_scope(by, Scope.CREDENTIALS)
    if credential.client_id is not None:
        check_acts_for(credential.client_id, by)
    elif not by.spans_clients:
        raise NotAllowed("This is a credential of staff.")
