"""`/<client>/` before a dialect's path: staff name the client they act for, by URL instead of by header."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, get_script_prefix, resolve, set_script_prefix

CLIENT_HEADER = "X-Hub-Client"

_META_KEY = "HTTP_X_HUB_CLIENT"
_PREFIXED = re.compile(
    r"/(?P<code>[A-Za-z][A-Za-z0-9_-]{0,63})(?P<path>/(?:hub/v1/|rest/v1/|(?i:api|odata)(?:/|\Z)).*)",
    re.DOTALL,
)


class ClientPrefixMiddleware:
    """Moves the prefix from the path to the header, and lets links made for the answer keep it.

    A path that means something as it stands is never read as a prefix, so that no client's code can shadow a
    root of the hub.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        match = _PREFIXED.fullmatch(request.path_info)
        if match is None or _means_something(request.path_info):
            return self.get_response(request)
        request.path_info = match["path"]
        # Named twice and differently, the two make a list, which is no client's code.
        named = {match["code"], request.META.get(_META_KEY, match["code"])}
        request.META[_META_KEY] = ",".join(sorted(map(str, named)))
        with _links_under(match["code"]):
            return self.get_response(request)


@contextmanager
def _links_under(code: str) -> Iterator[None]:
    prefix = get_script_prefix()
    set_script_prefix(f"{prefix}{code}/")
    try:
        yield
    finally:
        set_script_prefix(prefix)


def _means_something(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True
