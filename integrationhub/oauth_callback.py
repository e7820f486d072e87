"""The page that a person comes back to from an authorization server."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from integrations.encryption import WrongKeyError
from integrations.errors import Refused
from integrations.oauth import callback
from integrations.return_addresses import with_outcome


@require_GET
@never_cache
def come_back(request: HttpRequest) -> HttpResponse:
    """What the server says counts once; whoever is not expected hears why, and nothing is changed."""
    told = request.GET.dict()
    session = request.session.session_key or ""
    try:
        row = callback.complete(told, user_id=request.user.pk, session=session, now=timezone.now())
    except (Refused, WrongKeyError) as error:
        return _go_on(told, outcome="refused", reason=str(error)) or _page(request, 400, refusal=str(error))
    return _go_on(told, outcome="connected", client_integration=str(row.pk)) or _page(request, 200, row=row)


def _go_on(told: Mapping[str, str], **outcome: str) -> HttpResponse | None:
    """Back to the client's own pages, where it was begun by them."""
    address = callback.return_address(told)
    return _shy(HttpResponseRedirect(with_outcome(address, **outcome))) if address else None


def _page(request: HttpRequest, status: int, **context: object) -> HttpResponse:
    return _shy(render(request, "oauth/callback.html", context, status=status))


def _shy(answer: HttpResponse) -> HttpResponse:
    """Nobody is told the address, which has the code in it."""
    answer["Referrer-Policy"] = "no-referrer"
    return answer
