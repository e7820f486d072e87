"""A person comes back from an authorization server."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.crypto import constant_time_compare

from integrationhub.wire import oauth as protocol
from integrations.errors import Refused
from integrations.models import AuthorizationRequest, ClientIntegration
from integrations.oauth import applications, connecting, outbound
from integrations.principals import Principal
from integrations.return_addresses import is_registered
from integrations.texts import printable, refusal

_LONGEST = 4096
_AGAIN = "Begin again."


def complete(
    told: Mapping[str, str], *, user_id: int | None, session: str, now: datetime
) -> ClientIntegration:
    """Exchange the code that has come for tokens, once. Must not be called in a transaction.

    `told` is the query of the callback; `session` the key of the browser session, and `user_id` who is signed
    in to it. Raises Refused; nothing is connected then.
    """
    request = _find(told.get("state", ""), user_id, session)
    if not AuthorizationRequest.objects.filter(pk=request.pk, used_on=None).update(used_on=now):
        raise Refused(f"This answer has come before. {_AGAIN}")
    if now > request.started_on + connecting.LASTS:
        raise Refused(f"It took longer than {connecting.LASTS.seconds // 60} minutes. {_AGAIN}")
    code = _code(told)
    activation = request.client_integration
    application = connecting.application_for(activation)
    if application.pk != request.application_id:
        raise Refused(f"{application.system} is reached in another way now. {_AGAIN}")
    tokens = outbound.ask(
        protocol.code_request(
            applications.known_as(application),
            code=code,
            verifier=request.verifier,
            redirect_uri=request.redirect_uri,
        ),
        now,
    )
    by = Principal(user=request.user, client=activation.client)
    connecting.settle(activation, application, tokens, by=by, now=now)
    return activation


def return_address(told: Mapping[str, str]) -> str:
    """Where the person wants to go on to, with or without a connection; empty where nobody has said so."""
    state = told.get("state", "")
    if not _is_ours(state):
        return ""
    requests = AuthorizationRequest.objects.filter(digest=connecting.digest_of(state))
    found = requests.values_list("return_to", "client_integration__client__return_addresses").first()
    return found[0] if found and is_registered(*found) else ""


def _is_ours(state: str) -> bool:
    return 0 < len(state) <= _LONGEST and not refusal(state) and connecting.is_genuine(state)


def _find(state: str, user_id: int | None, session: str) -> AuthorizationRequest:
    if not _is_ours(state):
        raise Refused("The hub has not asked for this.")
    rows = AuthorizationRequest.objects.select_related(
        "user", "client_integration__client", "client_integration__integration__system"
    )
    request = (
        rows.defer("client_integration__secret", "client_integration__integration__system__secret")
        .filter(digest=connecting.digest_of(state))
        .first()
    )
    if request is None:
        raise Refused(f"It took too long. {_AGAIN}")
    if request.session and not _is_the_same(request, user_id, session):
        raise Refused("This was begun in another browser, or by somebody else: sign in, and begin again.")
    return request


def _is_the_same(request: AuthorizationRequest, user_id: int | None, session: str) -> bool:
    mark = connecting.session_mark(session)
    return user_id == request.user_id and constant_time_compare(mark, request.session)


def _code(told: Mapping[str, str]) -> str:
    if error := told.get("error"):
        reason = printable(told.get("error_description") or error)[:300]
        if error == "access_denied":
            raise Refused(f"The consent was not given: {reason}")
        raise Refused(f"The authorization server refuses: {reason}")
    code = told.get("code", "")
    if not code or len(code) > _LONGEST:
        raise Refused(f"The authorization server has sent no code. {_AGAIN}")
    return code
