"""The measure: a ModelViewSet as Django REST framework has it, on the table of the queue, in the hub itself.

What comes before the view is the same for both: server, middleware, the check of the credential.
"""

from typing import Any

from django.urls import include, path
from django_filters.rest_framework import DjangoFilterBackend  # type: ignore[import-untyped]
from rest_framework.filters import OrderingFilter
from rest_framework.pagination import CursorPagination
from rest_framework.routers import SimpleRouter
from rest_framework.serializers import ModelSerializer
from rest_framework.viewsets import ModelViewSet

from bench import odata_requests
from integrationhub import urls
from integrations.api.authentication import caller
from queues.models import IntegrationQueue


class ItemSerializer(ModelSerializer[IntegrationQueue]):
    class Meta:
        model = IntegrationQueue
        fields = tuple(odata_requests.COLUMNS.values())


class ByKey(CursorPagination):
    """Counts nothing, and asks for one row more than a page has: as OData's pages do."""

    page_size = odata_requests.PAGE
    ordering = "id"


class ItemViewSet(ModelViewSet[IntegrationQueue]):
    serializer_class = ItemSerializer
    pagination_class = ByKey
    filter_backends = (DjangoFilterBackend, OrderingFilter)
    filterset_fields = {"state": ["exact"], "cycle": ["lt"]}
    ordering_fields = ("id",)

    def get_queryset(self) -> Any:
        return IntegrationQueue.objects.visible_to(caller(self.request))


router = SimpleRouter()
router.register("plain", ItemViewSet, basename="plain")
urlpatterns = [path("", include(router.urls)), *urls.urlpatterns]
