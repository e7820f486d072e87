"""`/rest/v1/service/integration_points`."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

import django_filters  # type: ignore[import-untyped]
from django.db import transaction
from django.db.models import Q
from django.http import Http404
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from channels import listing, points
from channels.api.base import EraView
from channels.members import NAMES, read, show
from channels.models import IntegrationPoint
from channels.tokens import indexes_of
from integrationhub.wire.authentication.prefixes import CLIENT_HEADER
from integrationhub.wire.era import shapes
from integrationhub.wire.era.errors import Code, EraError
from integrations import texts
from integrations.api.filters import FilterSet
from integrations.errors import Refused
from integrations.models import Client

MOST_LISTED = 1000
_MOST_FOUND = 1000
_OF_ONE = ("mask", "flat")
_OF_LISTS = (*_OF_ONE, "filter", "order", "offset", "limit")


class PointFilter(FilterSet):
    filter = django_filters.CharFilter(method="take", strip=False)
    order = django_filters.CharFilter(method="sort", strip=False)

    def take(self, queryset: listing.Points, name: str, value: str) -> listing.Points:
        return listing.filtered(queryset, value, now=timezone.now())

    def sort(self, queryset: listing.Points, name: str, value: str) -> listing.Points:
        return listing.ordered(queryset, value)


class PointView(EraView):
    """What the collection and one of its entities have in common."""

    def visible(self) -> listing.Points:
        return IntegrationPoint.objects.visible_to(self.principal).order_by("pk")

    def client(self) -> Client:
        if self.principal.client is None:
            message = f"Name the client: by the header {CLIENT_HEADER}, or by /<client>/ before the path."
            raise EraError(Code.INVALID_PARAMS, message, field=CLIENT_HEADER)
        return self.principal.client

    def parameter(self, name: str) -> str:
        """A query parameter, "" without one."""
        return str(self.request.query_params.get(name, ""))

    def check_parameters(self, known: Iterable[str]) -> None:
        """What nobody reads, or is said twice, would be passed over in silence."""
        for name, values in self.request.query_params.lists():
            if name not in known or len(values) > 1:
                shown = texts.printable(name)[:100]
                raise EraError(Code.INVALID_PARAMS, "There is no such parameter, or twice.", field=shown)

    def shape(self, *, singly: bool) -> Callable[[IntegrationPoint], dict[str, Any]]:
        """How an entity is printed, by `mask` and `flat`."""
        mask = shapes.read_mask(self.parameter("mask"), NAMES)
        is_flat = shapes.read_flag("flat", self.parameter("flat") or "false")
        arrange = dict if is_flat else shapes.nest
        return lambda point: arrange(show(point, mask, singly=singly))


class CollectionView(PointView):
    http_method_names = ["get", "head", "post", "lookup"]

    def get(self, request: Request) -> Response:
        self.check_parameters(_OF_LISTS)
        rows = PointFilter(request.query_params, self.visible(), request=request).qs
        offset = shapes.read_count("offset", self.parameter("offset") or "0")
        limit = shapes.read_count("limit", self.parameter("limit") or str(MOST_LISTED), MOST_LISTED)
        return Response(list(map(self.shape(singly=False), rows[offset : offset + limit])))

    def post(self, request: Request) -> Response:
        self.check_parameters(_OF_ONE)
        shown = self.shape(singly=True)
        point = points.create(self.client(), read(request.data), by=self.principal, now=timezone.now())
        return Response(shown(point))

    def lookup(self, request: Request) -> Response:
        self.check_parameters(())
        rows = self.visible().filter(_keys(request.data)).values_list("point_id", flat=True)
        if found := list(map(str, rows[:_MOST_FOUND])):
            return Response(found)
        raise EraError(Code.NOT_FOUND, "Lookup failed")


class LookupView(CollectionView):
    """LOOKUP for whom a proxy lets no unknown method through."""

    http_method_names = ["post"]

    def post(self, request: Request) -> Response:
        return self.lookup(request)


class EntityView(PointView):
    http_method_names = ["get", "head", "patch", "delete"]

    def get(self, request: Request, point_id: str) -> Response:
        self.check_parameters(_OF_ONE)
        return Response(self.shape(singly=True)(self._find(self.visible(), point_id)))

    def patch(self, request: Request, point_id: str) -> Response:
        self.check_parameters(_OF_ONE)
        shown, values = self.shape(singly=True), read(request.data)
        with transaction.atomic():
            point = self._find(self.visible().select_for_update(of=("self",)), point_id)
            points.change(point, values, by=self.principal, now=timezone.now())
        return Response(shown(point))

    def delete(self, request: Request, point_id: str) -> Response:
        self.check_parameters(())
        points.delete(self._find(self.visible(), point_id), by=self.principal)
        return Response(status=204)

    def _find(self, rows: listing.Points, point_id: str) -> IntegrationPoint:
        """Staff that see all clients may find several of one id: then they have to name the client."""
        if not shapes.is_id(point_id):
            raise Http404
        found = list(rows.filter(point_id=UUID(point_id))[:2])
        if len(found) > 1:
            self.client()
        if not found:
            raise Http404
        return found[0]


def _keys(value: object) -> Q:
    """What a key may be: an id, a code or a local token."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Refused("Send one key: a text or a number.")
    text = str(value)
    if len(text) > 1000 or texts.refusal(text):
        raise Refused("No key looks like this.")
    keys = Q(code=text) | Q(token_index__in=indexes_of(text))
    return keys | Q(point_id=UUID(text)) if shapes.is_id(text) else keys
