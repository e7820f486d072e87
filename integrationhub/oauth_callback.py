"""The page that a person comes back to from an authorization server."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from integrations.encryption import WrongKeyError
from integrations.errors import Refused
from integrations.oauth import callback


@require_GET
@never_cache
def come_back(request: HttpRequest) -> HttpResponse:
    """What the server says counts once; whoever is not expected hears why, and nothing is changed."""
    told = request.GET.dict()
    session = request.session.session_key or ""
    try:
        row = callback.complete(told, user_id=request.user.pk, session=session, now=timezone.now())
    except (Refused, WrongKeyError) as error:
        return _page(request, 400, refusal=str(error))
    return _page(request, 200, row=row)


def _page(request: HttpRequest, status: int, **context: object) -> HttpResponse:
    page = render(request, "oauth/callback.html", context, status=status)
    page["Referrer-Policy"] = "no-referrer"
    return page
