"""A client connects to a system: a person is sent to agree there, or the hub signs in by itself."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction
from django.utils.crypto import get_random_string, salted_hmac

from integrationhub.wire import oauth as protocol
from integrations import activation as activations
from integrations import auditing, sign_ins
from integrations.errors import Conflict, Refused
from integrations.models import (
    AuthorizationRequest,
    ClientIntegration,
    Connection,
    ConsentType,
    OAuthApplication,
    System,
)
from integrations.oauth import applications, keeping, outbound
from integrations.ownership import check_acts_for
from integrations.principals import Principal
from integrations.return_addresses import is_registered

LASTS = timedelta(minutes=10)
KEPT_FOR = timedelta(days=1)
_SALT = "integrations.oauth.state"


@dataclass(frozen=True, slots=True)
class Way:
    """Where a person has to go to agree, and until when. No address: the hub has signed in by itself."""

    address: str = ""
    until: datetime | None = None


def connect(
    activation: ClientIntegration,
    *,
    redirect_uri: str,
    session: str = "",
    return_to: str = "",
    by: Principal,
    now: datetime,
) -> Way:
    """Begin, or where no person is needed do, what connects the client to the integration's system.

    `session` is the key of the browser session it is asked in, the only one to which the answer may come;
    `return_to` where the person goes in the end, one of the client's return addresses. Must not be called in
    a transaction. Raises Refused, NotAllowed or Conflict; nothing is changed then.
    """
    check_acts_for(activation.client_id, by)
    if return_to and not is_registered(return_to, activation.client.return_addresses):
        raise Refused("The address is not registered for the client: staff do that.", field="return_to")
    application = application_for(activation)
    if not application.is_interactive:
        _sign_in_by_itself(activation, application, by, now)
        return Way()
    state = signing.Signer(salt=_SALT).sign(get_random_string(43))
    request = AuthorizationRequest.objects.create(
        digest=digest_of(state),
        client_integration=activation,
        application=application,
        verifier=protocol.new_verifier(),
        redirect_uri=redirect_uri,
        return_to=return_to,
        user=by.user,
        session=session_mark(session),
        started_on=now,
    )
    address = protocol.authorization_url(
        applications.known_as(application),
        redirect_uri=redirect_uri,
        state=state,
        verifier=request.verifier,
    )
    return Way(address, now + LASTS)


def settle(
    activation: ClientIntegration,
    application: OAuthApplication,
    tokens: protocol.Tokens,
    *,
    is_own: bool = False,
    by: Principal,
    now: datetime,
) -> None:
    """Keep the first tokens, and switch the integration on. What had stopped for want of them goes on."""
    with transaction.atomic():
        consent = keeping.keep_first(activation, application, tokens, is_own=is_own, by=by, now=now)
        users = ClientIntegration.objects.filter(consent=consent)
        activations.align(users, now=now)
        for each in users.exclude(problem="").defer("secret"):
            activations.clear_problem(each)
        activations.enable(activation, consent=True, now=now, by=by)
        sign_ins.tell_changed(application.system_id, activation.client_id)
        auditing.note(
            "connect", activation, by=by, now=now, consent=consent.pk, system=str(application.system)
        )


def trial_token(system: System, own: Connection | None = None, *, now: datetime) -> str:
    """A token that is not kept, by the hub's sign-in or the client's own. Not in a transaction.

    Raises Conflict.
    """
    application = applications.of_system(system)
    if application.is_interactive:
        raise Conflict("Clients connect to it one by one: try it by connecting one.")
    request = protocol.client_credentials_request(applications.known_as(application, own))
    return outbound.ask(request, now).access


def application_for(activation: ClientIntegration) -> OAuthApplication:
    """Raises Conflict where there is nothing to connect to."""
    integration = activation.integration
    if integration.consent_type_id != ConsentType.Id.OAUTH2:
        raise Conflict(f"{integration} does not ask for a connection.")
    if not integration.active:
        raise Conflict(f"{integration} is not active.")
    return applications.of_system(integration.system)


def is_genuine(state: str) -> bool:
    """Whether the hub made it, some time."""
    try:
        signing.Signer(salt=_SALT).unsign(state)
    except signing.BadSignature:
        return False
    return True


def digest_of(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()


def session_mark(session: str) -> str:
    """The key of a session opens it: what is kept of it must not."""
    return (
        salted_hmac("integrations.oauth.session", session, algorithm="sha256").hexdigest() if session else ""
    )


def prune(now: datetime) -> None:
    AuthorizationRequest.objects.filter(started_on__lt=now - KEPT_FOR).delete()


def _sign_in_by_itself(
    activation: ClientIntegration, application: OAuthApplication, by: Principal, now: datetime
) -> None:
    own = applications.own_connection(application, activation.client_id)
    applications.check_open(application, activation.integration.owner_id, is_own=own is not None)
    request = protocol.client_credentials_request(applications.known_as(application, own))
    tokens = outbound.ask(request, now)
    settle(activation, application, tokens, is_own=own is not None, by=by, now=now)
