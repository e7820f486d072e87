"""The side bar of the back office: what staff go to, in the order of how often they do."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from queues.models import IntegrationQueue
from queues.states import State

_COUNTED = 100


def groups(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {"title": "", "items": [{"title": "Dashboard", "icon": "dashboard", "link": reverse("admin:index")}]},
        _group(request, "Work", _work(request)),
        _group(request, "Definitions", _DEFINITIONS),
        _group(request, "Channels", _CHANNELS),
        _group(request, "Clients", _CLIENTS),
    ]


_DEFINITIONS = [
    {"title": "Integrations", "icon": "conversion_path", "model": "integrations.integration"},
    {"title": "Actions", "icon": "bolt", "model": "integrations.action"},
    {"title": "Entities", "icon": "category", "model": "integrations.entity"},
    {"title": "Schedules", "icon": "schedule", "model": "integrations.schedule"},
    {"title": "Systems", "icon": "dns", "model": "integrations.system"},
    {"title": "OAuth applications", "icon": "vpn_key", "model": "integrations.oauthapplication"},
]
_CHANNELS = [
    {"title": "Channels", "icon": "webhook", "model": "channels.integrationpoint"},
    {"title": "Messages", "icon": "forum", "model": "channels.messagelog"},
    {"title": "Channel types", "icon": "settings_input_component", "model": "channels.channeltype"},
]
_CLIENTS = [
    {"title": "Clients", "icon": "apartment", "model": "integrations.client"},
    {"title": "Connections", "icon": "cable", "model": "integrations.connection"},
    {"title": "External integrations", "icon": "smart_toy", "model": "integrations.externalintegration"},
    {"title": "Client integrations", "icon": "toggle_on", "model": "integrations.clientintegration"},
    {"title": "Consents", "icon": "handshake", "model": "integrations.consent"},
    {"title": "Credentials", "icon": "key", "model": "integrations.credential"},
    {"title": "Users", "icon": "group", "model": "auth.user"},
    {"title": "Audit log", "icon": "history", "model": "integrations.auditentry"},
]


def _work(request: HttpRequest) -> list[dict[str, Any]]:
    queue = "queue.integrationqueue"
    only_dead = request.GET.get("view") == "dead"
    in_queue = request.path == reverse("admin:queue_integrationqueue_changelist")
    return [
        {"title": "Queue", "icon": "inbox", "model": queue, "active": in_queue and not only_dead},
        {
            "title": "Dead letters",
            "icon": "unsubscribe",
            "model": queue,
            "query": "?view=dead",
            "active": in_queue and only_dead,
            **_badge(request),
        },
        {"title": "Bulk jobs", "icon": "checklist", "model": "queue.bulkjob"},
        {"title": "Runs", "icon": "directions_run", "model": "integrations.integrationrun"},
        {"title": "Action logs", "icon": "receipt_long", "model": "queue.actionlog"},
        {"title": "Records", "icon": "table_rows", "model": "integrations.record"},
    ]


def _group(request: HttpRequest, title: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "title": title,
        "separator": True,
        "items": [_linked(item) for item in items if _may_view(request, item)],
    }


def _linked(item: dict[str, Any]) -> dict[str, Any]:
    address = reverse(f"admin:{item['model'].replace('.', '_')}_changelist")
    return {**item, "link": address + item.get("query", "")}


def _may_view(request: HttpRequest, item: dict[str, Any]) -> bool:
    app, model = item["model"].split(".")
    return request.user.has_perm(f"{app}.view_{model}") or request.user.has_perm(f"{app}.change_{model}")


def _badge(request: HttpRequest) -> dict[str, str]:
    """The number of dead letters, for who may see them; counted no further than anybody needs to know."""
    if not request.user.has_perm("queue.view_integrationqueue"):
        return {}
    number = IntegrationQueue.objects.filter(state=State.DEAD_LETTER).order_by()[:_COUNTED].count()
    return {"badge": f"{_COUNTED - 1}+" if number == _COUNTED else str(number)} if number else {}
