"""`/api` and `/api/v1`: what there is, for who looks around. Nobody has to sign in for it."""

from typing import Any

from django.urls import get_script_prefix
from django.utils.html import escape, urlize
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from integrationhub.wire.netserver import media
from integrationhub.wire.netserver.media import Answer
from queues.api.erpsync.authentication import hand_out_token
from queues.api.erpsync.operations import OPERATIONS
from queues.api.erpsync.second_tier import NOT_DONE
from queues.api.erpsync.views import NetServerView

# Of what is told here, and since when it has been told so.
VERSION, RELEASED = "1.0", "2026-11-22"
AGENT = "v1/Agents/ErpSync"


class PageRenderer(BaseRenderer):
    """The same for browsers."""

    media_type = "text/html"
    media_types = ("text/html",)
    format = "html"
    charset = "utf-8"

    def render(self, data: Any, media_type: str | None = None, renderer_context: Any = None) -> bytes:
        rows = "".join(
            f"<dt>{urlize(escape(name))}</dt><dd>{_shown(value)}</dd>" for name, value in data.value.items()
        )
        return f"<!doctype html><title>{escape(data.type)}</title><dl>{rows}</dl>".encode()


class IndexView(NetServerView):
    authentication_classes = ()
    permission_classes = ()
    renderer_classes = (*media.RENDERERS, PageRenderer)
    http_method_names = ["get", "head"]

    def get(self, request: Request) -> Response:
        response = Response(Answer(self.told(_root(request)), "Api"))
        hand_out_token(request, response)
        return response

    def told(self, root: str) -> dict[str, Any]:
        return {
            "v1": f"{root}/v1",
            "Version": "v1",
            "NetServerVersion": VERSION,
            "NetServerDate": RELEASED,
            "Services": {"ErpSync": f"{root}/{AGENT}"},
        }


class VersionIndexView(IndexView):
    def told(self, root: str) -> dict[str, Any]:
        names = sorted([*(each.name for each in OPERATIONS.values()), *NOT_DONE])
        described = {each.name: each.description for each in OPERATIONS.values()} | NOT_DONE
        return {f"{root}/{AGENT}/{name}": {"POST": described[name]} for name in names}


def _root(request: Request) -> str:
    """Up to `/api`, with the client's prefix where the caller used one."""
    return request.build_absolute_uri(f"{get_script_prefix()}api")


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(f"<p>{escape(name)}: {urlize(escape(each))}</p>" for name, each in value.items())
    return urlize(escape(value)) if value is not None else ""
