"""The surfaces of this app."""

from django.urls import path, re_path

from channels.api.hooks import exec_hook, token_hook
from channels.api.nowhere import NowhereView
from channels.api.points import CollectionView, EntityView, LookupView
from channels.api.tokens import TokenView

urlpatterns = [
    re_path(r"^rest/v1/service/integration_points/?$", CollectionView.as_view(), name="points"),
    path("rest/v1/service/integration_points/lookup", LookupView.as_view(), name="point-lookup"),
    re_path(
        r"^rest/v1/service/integration_points/(?P<point_id>[0-9A-Fa-f-]{36})/?$",
        EntityView.as_view(),
        name="point",
    ),
    path("rest/v1/service/integration_tokens/<str:token>", TokenView.as_view(), name="integration-token"),
    re_path(r"^rest/v1/[\s\S]*$", NowhereView.as_view()),
    re_path(r"^exec/?$", exec_hook, name="exec"),
    re_path(r"^hooks/(?P<token>[^/]+)/?$", token_hook, name="hook"),
]
