"""How the hub is registered with the authorization server of a system."""

from collections.abc import Iterator
from datetime import datetime

from django.db import IntegrityError, transaction

from integrationhub.wire import oauth as protocol
from integrations import auditing, connections
from integrations.cleaning import clean
from integrations.encryption import WrongKeyError
from integrations.errors import Conflict, Fault, Invalid, Refused
from integrations.models import Connection, OAuthApplication, System
from integrations.ownership import check_may_change
from integrations.principals import Principal

_URLS = ("authorization_url", "token_url", "revocation_url")


def save(application: OAuthApplication, *, by: Principal, now: datetime) -> None:
    """Check and save, new or changed. Raises Refused, NotAllowed or Conflict; nothing is saved then."""
    check_may_change(application.system, by)
    clean(application)
    check(application)
    is_new = application.pk is None
    if not is_new:
        application.row_version += 1
    try:
        with transaction.atomic():
            application.save()
            act = "add OAuth application" if is_new else "change OAuth application"
            auditing.note(act, application.system, by=by, now=now)
    except IntegrityError:
        raise Conflict("The system has an OAuth application already.") from None


def remove(application: OAuthApplication, *, by: Principal, now: datetime) -> None:
    """Raises Conflict while somebody is connected through it."""
    check_may_change(application.system, by)
    if application.tokens.exists():
        raise Conflict("Clients are connected through it: withdraw their consents first.")
    auditing.note("delete OAuth application", application.system, by=by, now=now)
    application.delete()


def check(application: OAuthApplication) -> None:
    """Raises Invalid where its parts do not hold together."""
    if faults := [*_faults_of_urls(application), *_faults_of_grant(application)]:
        raise Invalid(faults)


def of_system(system: System) -> OAuthApplication:
    """Raises Conflict for a system that has none, or one that no secret may be sent to."""
    try:
        application = OAuthApplication.objects.filter(system=system).first()
    except WrongKeyError as error:
        raise Conflict(str(error)) from None
    if system.authentication != System.Authentication.OAUTH2 or application is None:
        raise Conflict(f"{system} is not set up for signing in by OAuth 2.0.")
    if fault := next(_faults_of_urls(application), None):
        raise Conflict(f"The OAuth application of {system} cannot be used: {fault.message}")
    application.system = system
    return application


def own_connection(application: OAuthApplication, client_id: int) -> Connection | None:
    """The connection by whose credentials a client signs in by itself, instead of by the application's."""
    return None if application.is_interactive else connections.in_use(client_id, application.system)


def check_open(application: OAuthApplication, definition_owner: int | None, *, is_own: bool) -> None:
    """Raises Refused: what the hub signs in with by itself is not for what a client wrote."""
    is_shared = application.is_interactive or is_own
    if not is_shared and application.system.owner_id != definition_owner:
        raise Refused(f"Enter credentials of your own for {application.system}.", field="secret")


def known_as(application: OAuthApplication, own: Connection | None = None) -> protocol.Application:
    """What the authorization server is asked with."""
    return protocol.Application(
        token_url=application.token_url,
        client_id=own.username if own else application.app_id,
        secret=own.secret if own else application.secret,
        secret_in_body=application.secret_in == OAuthApplication.SecretIn.BODY,
        authorization_url=application.authorization_url,
        scopes=tuple(application.scopes.split()),
        extra=application.extra,
    )


def _faults_of_urls(application: OAuthApplication) -> Iterator[Fault]:
    for name in _URLS:
        if url := getattr(application, name):
            try:
                protocol.check_endpoint(url)
            except ValueError as error:
                yield Fault(name, str(error))


def _faults_of_grant(application: OAuthApplication) -> Iterator[Fault]:
    if application.is_interactive and not application.authorization_url:
        yield Fault("authorization_url", "People have to be sent somewhere to agree.")
    try:
        protocol.check_extra(application.extra)
    except ValueError as error:
        yield Fault("extra", str(error))
