"""The routes of NetServer's Web API: the index, the agent, and nothing else."""

from django.urls import re_path

from integrationhub.wire.letter_case import in_any_case
from queues.api.erpsync import (
    configuration,
    connections,
    connectors,
    engine,
    field_values,
    links,
    syncs,
    trials,
)
from queues.api.erpsync.index import IndexView, VersionIndexView
from queues.api.erpsync.views import AgentView, NowhereView

# Each registers its operations.
GROUPS = (engine, syncs, connections, trials, configuration, connectors, links, field_values)

urlpatterns = [
    re_path(f"^{in_any_case('api')}/?$", IndexView.as_view(), name="netserver"),
    re_path(f"^{in_any_case('api/v1')}/?$", VersionIndexView.as_view(), name="netserver-v1"),
    re_path(
        f"^{in_any_case('api/v1/Agents/ErpSync')}/(?P<operation>[A-Za-z]+)/?$",
        AgentView.as_view(),
        name="erpsync",
    ),
    re_path(rf"^{in_any_case('api')}/[\s\S]*$", NowhereView.as_view()),
]
