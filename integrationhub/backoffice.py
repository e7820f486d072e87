"""How the back office looks: settings of its theme."""

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static


def _asset(name: str, request: HttpRequest) -> str:
    return static(f"integrationhub/{name}")


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "integrationhub",
    "SITE_HEADER": "integrationhub",
    "SITE_SYMBOL": "hub",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": partial(_asset, "icon.svg")}],
    "SITE_URL": None,
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": [partial(_asset, "backoffice.css")],
    "SCRIPTS": [partial(_asset, "backoffice.js")],
    "DASHBOARD_CALLBACK": "integrationhub.dashboard.fill",
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": True,
        "navigation": "integrationhub.navigation.groups",
    },
    "COMMAND": {
        # Not the queue and not the records: a search over millions of rows belongs on their own pages.
        "search_models": [
            "integrations.action",
            "integrations.client",
            "integrations.clientintegration",
            "integrations.entity",
            "integrations.integration",
            "integrations.system",
        ],
    },
}
