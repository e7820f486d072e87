"""Keys for software: issued once, recognised in constant time, rotated with an overlap."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils.crypto import constant_time_compare

from integrationhub.wire.authentication.authorization import TICKET_MARK
from integrations import texts
from integrations.errors import Conflict, Refused
from integrations.models import Client, Credential, Membership
from integrations.principals import Principal, Scope

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LAST_USE_IS_KEPT_EVERY = timedelta(minutes=1)
LONGEST_OVERLAP = timedelta(days=30)

# What an unknown prefix is compared with, so that it takes as long as a known one.
_NOBODY = sha256(secrets.token_bytes(32)).hexdigest()


@dataclass(frozen=True)
class Issued:
    """A new credential with its secret, which is shown this once and kept nowhere."""

    credential: Credential
    secret: str = field(repr=False)

    @property
    def token(self) -> str:
        """What the caller presents: the whole bearer token or ticket, or for Basic the password."""
        named = f"{self.credential.prefix}.{self.secret}"
        match self.credential.scheme:
            case Credential.Scheme.BEARER:
                return named
            case Credential.Scheme.SOTICKET:
                return f"{TICKET_MARK}{named}"
        return self.secret


def issue(
    scheme: str,
    *,
    now: datetime,
    client: Client | None = None,
    user: "User | None" = None,
    scopes: Iterable[str],
    note: str = "",
    expires_on: datetime | None = None,
) -> Issued:
    """Make a credential for a client or, without one, for staff. Raises Refused."""
    scopes = sorted(set(scopes))
    _check(scheme, scopes, client=client, note=note)
    _check_person(user, client)
    if expires_on is not None and expires_on <= now:
        raise Refused("A credential has to expire in the future.", field="expires_on")
    secret = secrets.token_urlsafe(32)
    credential = Credential.objects.create(
        prefix=secrets.token_hex(8),
        secret_hash=_hash(secret),
        scheme=scheme,
        client=client,
        user=user,
        note=note,
        scopes=scopes,
        expires_on=expires_on,
    )
    return Issued(credential, secret)


def authenticate(scheme: str, *, prefix: str, secret: str, now: datetime) -> Credential | None:
    """The credential a caller proved to hold; None when unknown, wrong, expired, revoked or switched off."""
    credential = _find(scheme, prefix)
    expected = credential.secret_hash if credential else _NOBODY
    proven = constant_time_compare(_hash(secret), expected)
    if credential is None or not proven or not _is_usable(credential, now):
        return None
    _note_use(credential, now)
    return credential


def principal_of(credential: Credential) -> Principal:
    scopes = frozenset(credential.scopes) & frozenset(Scope.values)
    if credential.client is not None:
        scopes -= {Scope.STAFF}
    return Principal(credential.user, credential.client, scopes, credential_id=credential.pk)


def revoke(credential: Credential, now: datetime) -> None:
    """End a credential at once. Revoking it again changes nothing."""
    live = Credential.objects.filter(pk=credential.pk, revoked_on=None)
    live.update(revoked_on=now, updated_on=now, row_version=F("row_version") + 1)
    credential.refresh_from_db()


def rotate(credential: Credential, *, now: datetime, overlap: timedelta) -> Issued:
    """Issue a successor with the same rights and length of life; the old one ends after the overlap.

    Raises Conflict when the credential has ended already.
    """
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise Refused(f"The overlap is 0 to {LONGEST_OVERLAP.days} days.", field="overlap")
    with transaction.atomic():
        old = Credential.objects.valid(now).select_for_update().filter(pk=credential.pk).first()
        if old is None:
            raise Conflict("Only a credential in force can be rotated.")
        issued = _issue_successor(old, now)
        old.expires_on = min(old.expires_on or now + overlap, now + overlap)
        old.row_version += 1
        old.save(update_fields=["expires_on", "row_version", "updated_on"])
    credential.refresh_from_db()
    return issued


def _issue_successor(old: Credential, now: datetime) -> Issued:
    return issue(
        old.scheme,
        now=now,
        client=old.client,
        user=old.user,
        scopes=old.scopes,
        note=old.note,
        expires_on=old.expires_on and now + (old.expires_on - old.created_on),
    )


def _check(scheme: str, scopes: list[str], *, client: Client | None, note: str) -> None:
    if scheme not in Credential.Scheme.values:
        raise Refused(f"A scheme is one of {', '.join(Credential.Scheme.values)}.", field="scheme")
    if not scopes or not set(scopes) <= set(Scope.values):
        raise Refused(f"Scopes are one or more of {', '.join(Scope.values)}.", field="scopes")
    if (Scope.STAFF in scopes) is (client is not None):
        raise Refused(
            "The scope staff and a client exclude each other; one of them is needed.", field="scopes"
        )
    if len(note) > 200:
        raise Refused("A note has at most 200 characters.", field="note")
    if reason := texts.refusal(note):
        raise Refused(f"A note {reason}", field="note")


def _check_person(user: "User | None", client: Client | None) -> None:
    if user is None or user.is_staff:
        return
    if client is None or not Membership.objects.filter(user=user, client=client).exists():
        raise Refused("This person does not act for the credential's client.", field="user")


def _find(scheme: str, prefix: str) -> Credential | None:
    """With `is_member`: whether the person it belongs to acts for its client."""
    if texts.refusal(prefix):
        return None
    member = Membership.objects.filter(user=OuterRef("user"), client=OuterRef("client"))
    rows = Credential.objects.select_related("client", "user").annotate(is_member=Exists(member))
    return rows.filter(prefix=prefix, scheme=scheme).first()


def _hash(secret: str) -> str:
    return sha256(secret.encode(errors="surrogatepass")).hexdigest()


def _is_usable(credential: Credential, now: datetime) -> bool:
    expired = credential.expires_on is not None and credential.expires_on <= now
    client_is_off = credential.client is not None and not credential.client.active
    return not (expired or credential.revoked_on or client_is_off or _has_lost_its_person(credential))


def _has_lost_its_person(credential: Any) -> bool:
    user = credential.user
    return user is not None and not (user.is_active and (user.is_staff or credential.is_member))


def _note_use(credential: Credential, now: datetime) -> None:
    """Keep the last use to the minute, so that reading stays free of writes."""
    stale = now - LAST_USE_IS_KEPT_EVERY
    if credential.last_used_on is None or credential.last_used_on < stale:
        unnoted = Q(last_used_on=None) | Q(last_used_on__lt=stale)
        Credential.objects.filter(unnoted, pk=credential.pk).update(last_used_on=now)
        credential.last_used_on = now
