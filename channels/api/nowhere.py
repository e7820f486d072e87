"""Whatever path of the platform's REST nothing is behind."""

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from channels.api.base import EraView


class NowhereView(EraView):
    http_method_names = ["get", "head", "post", "put", "patch", "delete", "lookup"]

    def get(self, request: Request) -> Response:
        raise NotFound

    post = put = patch = delete = lookup = get
