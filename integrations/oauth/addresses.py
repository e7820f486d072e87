"""Where authorization servers send people back to."""

from django.conf import settings
from django.http import HttpRequest

CALLBACK = "/oauth/callback"


def callback_address(request: HttpRequest) -> str:
    """One and the same for all systems and clients: it is registered with each authorization server."""
    root = settings.HUB_PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
    return f"{root}{CALLBACK}"
