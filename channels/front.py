"""Hooks are answered before all that serves people: sessions, forms, compression, request logs."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from channels.api.hooks import exec_hook, token_hook

_HOOKS = "/hooks/"


class HooksFirstMiddleware:
    """Stands behind what concerns the connection, before everything else. The routes remain: they are what
    a path is looked up by, and answer where this does not stand."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return _answer(request) or self.get_response(request)


def _answer(request: HttpRequest) -> HttpResponse | None:
    """None for a path that is none of a hook."""
    path = request.path_info.removesuffix("/")
    if path == "/exec":
        return exec_hook(request)
    if path.startswith(_HOOKS) and "/" not in (token := path[len(_HOOKS) :]) and token:
        return token_hook(request, token)
    return None
