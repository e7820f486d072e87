import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from integrations import credentials
from integrations.principals import Scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def create(capsys):
    """Run `hub_credential create` with these words, and read what it prints as JSON."""

    def create(*words):
        call_command("hub_credential", "create", *words, "--json")
        return json.loads(capsys.readouterr().out)

    return create


def who(scheme, prefix, secret):
    credential = credentials.authenticate(scheme, prefix=prefix, secret=secret, now=timezone.now())
    assert credential is not None
    return credentials.principal_of(credential)


def test_a_bearer_token_of_a_client_signs_in(create, acme):
    answer = create("--client", "acme", "--scheme", "bearer")

    assert set(answer) == {"scheme", "secret", "client"}
    assert (answer["scheme"], answer["client"]) == ("bearer", "acme")
    prefix, _, secret = answer["secret"].partition(".")
    assert who("bearer", prefix, secret).client == acme


def test_a_basic_user_name_and_password_sign_in(create, acme):
    answer = create("--client", "acme", "--scheme", "basic")

    assert set(answer) == {"scheme", "secret", "username", "client"}
    assert who("basic", answer["username"], answer["secret"]).client == acme


def test_a_staff_key_spans_all_clients_and_names_none(create):
    answer = create("--staff", "--scheme", "basic")

    assert set(answer) == {"scheme", "secret", "username"}
    assert who("basic", answer["username"], answer["secret"]).spans_clients


def test_a_key_has_everyday_scopes_unless_told_otherwise(create, acme):
    answer = create("--client", "acme", "--scheme", "basic")

    assert who("basic", answer["username"], answer["secret"]).scopes == {
        Scope.READ,
        Scope.WRITE,
        Scope.OPERATE,
        Scope.CHANNELS,
    }


def test_a_key_has_the_scopes_that_were_asked_for(create, acme):
    answer = create("--client", "acme", "--scheme", "basic", "--scopes", "read", "erpsync")

    assert who("basic", answer["username"], answer["secret"]).scopes == {Scope.READ, Scope.ERPSYNC}


def test_people_get_a_line_for_each_part(acme, capsys):
    call_command("hub_credential", "create", "--client", "acme", "--scheme", "basic")

    names = [line.partition(": ")[0] for line in capsys.readouterr().out.splitlines()]
    assert names == ["scheme", "secret", "username", "client"]


def test_an_unknown_client_is_answered_with_those_there_are(acme, borealis):
    with pytest.raises(CommandError, match="There is no client 'akme'; there are: acme, borealis"):
        call_command("hub_credential", "create", "--client", "akme", "--scheme", "basic")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([], "required: create"),
        (["create", "--scheme", "basic"], "one of the arguments --client --staff is required"),
        (["create", "--staff", "--client", "acme", "--scheme", "basic"], "not allowed with argument"),
        (["create", "--staff"], "required: --scheme"),
        (["create", "--staff", "--scheme", "digest"], "invalid choice: 'digest'"),
        (["create", "--staff", "--scheme", "basic", "--scopes", "all"], "invalid choice: 'all'"),
        (["create", "--client", "acme", "--scheme", "basic", "--scopes", "staff"], "invalid choice: 'staff'"),
        (["create", "--staff", "--scheme", "basic", "--note", "x" * 201], "at most 200 characters"),
    ],
)
def test_what_cannot_be_issued_is_refused_with_the_reason(words, reason):
    with pytest.raises(CommandError, match=reason):
        call_command("hub_credential", *words)
