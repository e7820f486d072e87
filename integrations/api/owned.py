"""Rows that are the hub's (common to all) or one client's own: their owner's to write."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api.base import ReadableViewSet
from integrations.api.inputs import assign
from integrations.removal import remove


class OwnedViewSet(ReadableViewSet):
    """`keep` is the verb that checks and saves a row. Staff without a client write the hub's own rows."""

    keep: ClassVar[Callable[..., object]]
    input_class: ClassVar[type[serializers.Serializer[Any]]]
    related: ClassVar[Sequence[str]] = ("owner",)

    def create(self, request: Request) -> Response:
        row = self.model(owner=self.principal.client)
        return self._kept(row, self.received(self.accepted()), 201)

    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        with self.locked() as row:
            return self._kept(row, self.received(self.accepted(), partial=True), 200)

    def destroy(self, request: Request, **kwargs: Any) -> Response:
        with self.locked() as row:
            remove(row, by=self.principal)
        return Response(status=204)

    def accepted(self) -> type[serializers.Serializer[Any]]:
        return self.input_class

    def _kept(self, row: Any, values: dict[str, Any], status: int) -> Response:
        assign(row, values)
        self.keep(row, by=self.principal, now=timezone.now())
        return self.shown_again(row, status)


class OwnedSerializer(serializers.ModelSerializer[Any]):
    """`owner` is the client's code, null for the hub's own."""

    owner: Any = serializers.SlugRelatedField(slug_field="code", read_only=True, allow_null=True)
