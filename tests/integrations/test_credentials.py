from datetime import timedelta
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User

from integrationhub.wire.authentication import authorization
from integrations.credentials import authenticate, issue, principal_of, revoke, rotate
from integrations.errors import Conflict, Refused
from integrations.models import Credential, Membership
from integrations.principals import Scope

BASIC, BEARER, SOTICKET = Credential.Scheme.BASIC, Credential.Scheme.BEARER, Credential.Scheme.SOTICKET


@pytest.fixture
def issued(acme, now):
    return issue(BEARER, now=now, client=acme, scopes=[Scope.READ, Scope.WRITE], note="the ERP's")


def proves(issued, *, now):
    """Whether the credential is recognised by its secret."""
    found = authenticate(
        issued.credential.scheme, prefix=issued.credential.prefix, secret=issued.secret, now=now
    )
    return found == issued.credential


def test_a_credential_is_recognised_by_its_secret(issued, now):
    assert proves(issued, now=now)


def test_the_secret_is_kept_nowhere(issued):
    kept = Credential.objects.filter(pk=issued.credential.pk).values().get()
    assert issued.secret not in str(kept)
    assert issued.secret not in repr(issued)


def test_a_bearer_token_names_its_credential_and_a_basic_one_is_the_password(acme, issued, now):
    prefix, _, secret = issued.token.partition(".")
    assert (prefix, secret) == (issued.credential.prefix, issued.secret)
    basic = issue(BASIC, now=now, client=acme, scopes=[Scope.READ])
    assert basic.token == basic.secret
    assert ":" not in basic.credential.prefix
    ticket = issue(SOTICKET, now=now, client=acme, scopes=[Scope.READ])
    presented = authorization.parse(f"SOTicket {ticket.token}")
    assert authenticate("soticket", prefix=presented.prefix, secret=presented.secret, now=now)


@pytest.mark.parametrize("secret", ["", "wrong", "\ud800", "a\0b", "x" * 100_000])
def test_a_wrong_secret_is_not_recognised(issued, now, secret):
    assert authenticate(BEARER, prefix=issued.credential.prefix, secret=secret, now=now) is None


@pytest.mark.parametrize("prefix", ["", "unknown", "\ud800", "a\0b", "x" * 100_000])
def test_an_unknown_prefix_is_compared_all_the_same(issued, now, prefix):
    with patch("integrations.credentials.constant_time_compare", return_value=True) as compare:
        assert authenticate(BEARER, prefix=prefix, secret=issued.secret, now=now) is None
    compare.assert_called_once()


def test_a_credential_serves_its_own_scheme_only(issued, now):
    assert authenticate(BASIC, prefix=issued.credential.prefix, secret=issued.secret, now=now) is None


def test_a_credential_ends_when_it_expires(acme, now):
    issued = issue(BASIC, now=now, client=acme, scopes=[Scope.READ], expires_on=now + timedelta(days=1))
    assert proves(issued, now=now + timedelta(days=1) - timedelta(seconds=1))
    assert not proves(issued, now=now + timedelta(days=1))


def test_a_revoked_credential_is_not_recognised(issued, now):
    revoke(issued.credential, now)
    assert not proves(issued, now=now)
    assert (issued.credential.revoked_on, issued.credential.row_version) == (now, 2)


def test_revoking_again_keeps_the_first_time(issued, now):
    revoke(issued.credential, now)
    revoke(issued.credential, now + timedelta(days=1))
    assert (issued.credential.revoked_on, issued.credential.row_version) == (now, 2)


def test_a_client_that_is_switched_off_is_not_recognised(issued, acme, now):
    acme.active = False
    acme.save()
    assert not proves(issued, now=now)


def test_a_person_who_is_switched_off_is_not_recognised(now, as_staff):
    issued = issue(BASIC, now=now, user=as_staff.user, scopes=[Scope.STAFF])
    assert proves(issued, now=now)
    User.objects.update(is_active=False)
    assert not proves(issued, now=now)


def test_a_member_s_key_ends_with_the_membership(acme, now):
    member = User.objects.create_user("member")
    with pytest.raises(Refused) as refusal:
        issue(BASIC, now=now, client=acme, user=member, scopes=[Scope.READ])
    assert refusal.value.field == "user"
    membership = Membership.objects.create(client=acme, user=member)
    issued = issue(BASIC, now=now, client=acme, user=member, scopes=[Scope.READ])
    assert proves(issued, now=now)
    membership.delete()
    assert not proves(issued, now=now)


def test_a_staff_key_ends_when_its_person_is_no_longer_staff(now, as_staff):
    issued = issue(BASIC, now=now, user=as_staff.user, scopes=[Scope.STAFF])
    User.objects.update(is_staff=False)
    assert not proves(issued, now=now)


def test_the_last_use_is_kept_to_the_minute(issued, now, django_assert_num_queries):
    def last_use():
        return Credential.objects.get(pk=issued.credential.pk).last_used_on

    with django_assert_num_queries(2):
        proves(issued, now=now)
    with django_assert_num_queries(1):
        proves(issued, now=now + timedelta(seconds=60))
    assert last_use() == now
    proves(issued, now=now + timedelta(seconds=61))
    assert last_use() == now + timedelta(seconds=61)
    assert Credential.objects.get().row_version == 1


def test_a_wrong_secret_is_no_use(issued, now):
    authenticate(BEARER, prefix=issued.credential.prefix, secret="wrong", now=now)
    assert Credential.objects.get().last_used_on is None


def test_a_client_principal_has_the_client_and_the_scopes(issued, acme):
    principal = principal_of(issued.credential)
    assert (principal.client, principal.user) == (acme, None)
    assert principal.scopes == {Scope.READ, Scope.WRITE}


def test_scopes_that_are_unknown_or_that_a_client_cannot_have_are_dropped(issued):
    issued.credential.scopes = ["read", "staff", "everything"]
    assert principal_of(issued.credential).scopes == {Scope.READ}


@pytest.mark.django_db
def test_a_staff_principal_spans_clients(now):
    principal = principal_of(issue(BEARER, now=now, scopes=list(Scope)).credential)
    assert principal.spans_clients


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"scheme": "digest"}, "scheme"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"scopes": ["read", "staff"]}, "scopes"),
        ({"client": None}, "scopes"),
        ({"note": "x" * 201}, "note"),
        ({"note": "a\0b"}, "note"),
        ({"expires_on": timedelta()}, "expires_on"),
    ],
)
def test_what_makes_no_credential_is_refused_by_field(acme, now, changes, field):
    wanted = {"scheme": BASIC, "client": acme, "scopes": ["read"], **changes}
    if "expires_on" in wanted:
        wanted["expires_on"] = now + wanted["expires_on"]
    with pytest.raises(Refused) as refusal:
        issue(wanted.pop("scheme"), now=now, **wanted)
    assert refusal.value.field == field
    assert not Credential.objects.exists()


def test_rotation_issues_a_successor_and_lets_the_old_one_live_for_the_overlap(issued, now):
    later = now + timedelta(days=10)
    successor = rotate(issued.credential, now=later, overlap=timedelta(hours=24))
    assert proves(successor, now=later)
    assert proves(issued, now=later + timedelta(hours=23))
    assert not proves(issued, now=later + timedelta(hours=24))
    assert successor.credential.expires_on is None
    for name in ("scheme", "client", "user", "scopes", "note"):
        assert getattr(successor.credential, name) == getattr(issued.credential, name)


def test_rotation_without_overlap_ends_the_old_one_at_once(issued, now):
    rotate(issued.credential, now=now, overlap=timedelta())
    assert not proves(issued, now=now)


def test_rotation_never_prolongs_the_old_one_and_gives_the_successor_the_same_length_of_life(acme, now):
    end = now + timedelta(days=30)
    issued = issue(BASIC, now=now, client=acme, scopes=[Scope.READ], expires_on=end)
    Credential.objects.update(created_on=now)
    later = end - timedelta(hours=1)
    successor = rotate(issued.credential, now=later, overlap=timedelta(days=7))
    assert issued.credential.expires_on == end
    assert successor.credential.expires_on == later + timedelta(days=30)


def test_only_a_credential_in_force_is_rotated(issued, now):
    revoke(issued.credential, now)
    with pytest.raises(Conflict):
        rotate(issued.credential, now=now, overlap=timedelta())
    assert Credential.objects.count() == 1


@pytest.mark.parametrize("overlap", [timedelta(seconds=-1), timedelta(days=31)])
def test_an_overlap_has_bounds(issued, now, overlap):
    with pytest.raises(Refused, match="overlap"):
        rotate(issued.credential, now=now, overlap=overlap)
