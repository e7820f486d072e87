"""The routes of IntegrationStatus. Web API matches paths in any case, with or without a last slash."""

from django.urls import re_path

from integrationhub.wire.letter_case import in_any_case
from integrations.api import integration_status as views

_ROOT = "api/integration"


def _route(path: str) -> str:
    return f"^{in_any_case(f'{_ROOT}/IntegrationStatus{path}')}/?$"


urlpatterns = [
    re_path(_route(""), views.ReadView.as_view(), name="integration-status"),
    re_path(_route("/IntegrationStart"), views.StartView.as_view(), name="integration-start"),
    re_path(_route("/IntegrationProgress"), views.ProgressView.as_view(), name="integration-progress"),
    re_path(_route("/IntegrationEnd"), views.EndView.as_view(), name="integration-end"),
    re_path(_route("/IntegrationFail"), views.FailView.as_view(), name="integration-fail"),
    re_path(rf"^{in_any_case(_ROOT)}(?:/[\s\S]*)?$", views.NowhereView.as_view()),
]
