"""The viewset all resources stand on: tenancy, scopes, ETags, pages and parameters, each laid down once."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, cast

from django.db import transaction
from django.db.models import QuerySet
from django.utils.http import parse_etags
from rest_framework import mixins, serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from integrationhub.wire.authentication.prefixes import CLIENT_HEADER
from integrationhub.wire.problems import FieldError, InvalidInput, PreconditionFailed
from integrations.api.authentication import caller
from integrations.api.filters import check_parameters
from integrations.api.idempotency import once
from integrations.models import Client
from integrations.principals import Principal


class HubView(APIView):
    """Answers are the caller's alone, and true at this moment only."""

    http_method_names = ["get", "head", "post", "patch", "delete"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method == "POST" and (handler := getattr(self, "post", None)):
            self.post = once(handler)

    @property
    def default_response_headers(self) -> dict[str, str]:
        return {**super().default_response_headers, "Cache-Control": "no-store"}


class HubViewSet(HubView, GenericViewSet[Any]):
    """Rows of `model` that the caller can see. What a subclass does not declare is refused.

    `related` and `prefetched` are what a row's representation reads besides the row; `scopes` names the scope
    of an action for which the method's own does not do.
    """

    model: ClassVar[Any]
    related: ClassVar[Sequence[str]] = ()
    prefetched: ClassVar[Sequence[str]] = ()
    scopes: ClassVar[Mapping[str, str]] = {}
    newest_first: ClassVar[bool] = False
    lookup_value_regex = "[0-9]+"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.action is None:
            self.http_method_not_allowed(request)
        check_parameters(request, self._parameters())
        if request.method in ("POST", "PATCH"):
            _ = request.data  # read now: a slow sender must not keep a row locked

    @property
    def principal(self) -> Principal:
        return caller(self.request)

    def get_queryset(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.model.objects.visible_to(self.principal)
        return rows.select_related(*self.related).prefetch_related(*self.prefetched)

    def shown(self, row: Any, status: int = 200) -> Response:
        """One row as the answer, with its ETag."""
        response = Response(self.get_serializer(row).data, status)
        if (version := getattr(row, "row_version", None)) is not None:
            response["ETag"] = f'"{version}"'
        return response

    def shown_again(self, row: Any, status: int = 200) -> Response:
        """The row as a verb left it."""
        return self.shown(self.get_queryset().get(pk=row.pk), status)

    def addressed(self, rows: QuerySet[Any]) -> Any:
        """The row of this URL. Raises Http404 for a foreign one just as for a missing one."""
        return get_object_or_404(rows, **{self.lookup_field: self.kwargs[self.lookup_field]})

    @contextmanager
    def locked(self) -> Iterator[Any]:
        """The row of this URL, held against other writers, once it is the version that If-Match names."""
        with transaction.atomic():
            row = self.addressed(self.get_queryset().select_for_update(of=("self",)))
            _check_version(self.request, row.row_version)
            yield row

    def received(self, shape: type[serializers.Serializer[Any]], *, partial: bool = False) -> dict[str, Any]:
        """The body, checked. Raises ValidationError."""
        body = shape(data=self.request.data, partial=partial, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        return cast(dict[str, Any], body.validated_data)

    def client(self) -> Client:
        """Whose the new row is. Staff have to say so."""
        if self.principal.client is None:
            message = f"Name the client: by the header {CLIENT_HEADER}, or by /<client>/ before the path."
            raise InvalidInput([FieldError(CLIENT_HEADER, message)])
        return self.principal.client

    def _parameters(self) -> set[str]:
        if self.action != "list":
            return set()
        filterset = getattr(self, "filterset_class", None)
        filters = filterset.base_filters if filterset else ()
        return {*filters, *getattr(self.paginator, "parameters", ())}


class ReadableViewSet(mixins.ListModelMixin, HubViewSet):
    """`GET` of a list and of one row."""

    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        return self.shown(self.addressed(self.get_queryset()))


def _check_version(request: Request, version: int) -> None:
    wanted = request.headers.get("If-Match")
    if wanted is None:
        return
    tags = [tag.removeprefix("W/").strip('"') for tag in parse_etags(wanted)]
    if not tags:
        raise InvalidInput([FieldError("If-Match", 'Send the ETag as it came, for example "3", or *.')])
    if "*" not in tags and str(version) not in tags:
        raise PreconditionFailed
