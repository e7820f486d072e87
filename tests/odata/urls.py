"""The trading company under /nw/, its shop named in a header."""

from rest_framework.exceptions import NotAuthenticated

from integrationhub.wire.odata.views import service_urls
from tests.odata.northwind.service import SERVICE


def shop_of(request):
    if shop := request.headers.get("Shop"):
        return shop
    raise NotAuthenticated


urlpatterns = [service_urls("nw", SERVICE, shop_of)]
