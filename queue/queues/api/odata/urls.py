from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from integrationhub.wire.odata.views import service_urls
from integrations.api.authentication import caller
from integrations.principals import Principal
from queues.api.odata.service import SERVICE


def _principal(request: Request) -> Principal:
    if request.auth is None:
        raise NotAuthenticated
    return caller(request)


urlpatterns = [service_urls("OData", SERVICE, _principal)]
