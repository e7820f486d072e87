"""Every surface's root."""

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

import integrations.api.urls
import queues.api.urls
from integrationhub import health, metrics, oauth_callback
from integrationhub.wire import problems
from integrationhub.wire.odata.views import openapi_view
from integrations.api.root import IndexView, NowhereView
from integrations.api.schema import SchemaView
from queues.api.odata.service import SERVICE

router = SimpleRouter()
integrations.api.urls.register(router)
queues.api.urls.register(router)

_LISTS = {
    prefix: f"{name}-list"
    for prefix, viewset, name in router.registry
    if hasattr(viewset, "list") and "(" not in prefix  # what lies under a row is found there
}
_INDEX = IndexView.as_view(routes=_LISTS)

urlpatterns = [
    path("", RedirectView.as_view(url="/admin/"), name="home"),
    path("admin/", admin.site.urls),
    path("hub/v1/", _INDEX, name="hub"),
    path("hub/v1/schema/", SchemaView.as_view(), name="schema"),
    path("hub/v1/", include(router.urls)),
    re_path(r"^hub/v1/[\s\S]*$", NowhereView.as_view()),
    path("", include("integrations.api.integration_status_urls")),
    path("", include("queues.api.erpsync.urls")),
    path("", include("channels.api.urls")),
    path("", include("queues.api.odata.urls")),
    path("docs/", SpectacularSwaggerSplitView.as_view(), name="docs"),
    path("docs/odata/", SpectacularSwaggerSplitView.as_view(url="/docs/odata.json"), name="docs-odata"),
    path("docs/odata.json", openapi_view(SERVICE, "/OData"), name="schema-odata"),
    path("oauth/callback", oauth_callback.come_back, name="oauth-callback"),
    path("healthz", health.live, name="live"),
    path("readyz", health.ready, name="ready"),
    path("metrics", metrics.MetricsView.as_view(), name="metrics"),
]

handler400 = problems.bad_request
handler500 = problems.server_error
