"""What a newcomer needs to know, on one screen."""

from django.conf import settings

from demo.seed import Planted

_RULE = "-" * 78


def describe(planted: Planted, url: str) -> str:
    """Places, keys and a first command; the one time that the secrets are shown."""
    places = [
        ("Back office", f"{url}/admin/"),
        ("  user", planted.staff.username),
        ("  password", f"{planted.staff.password}  (another one at each start)"),
        ("API documentation", f"{url}/docs/"),
        *((f"Key of {keys.client.code}", keys.bearer) for keys in planted.clients),
        ("Demo ERP", f"{planted.erp_url}/_stats"),
        ("Data", str(settings.DATA_DIR)),
        ("Stop", "Ctrl-C"),
    ]
    lines = [f"{name:<18} {value}" for name, value in places]
    return "\n".join(["the hub is ready", _RULE, *lines, "Try", f"  {_make_call(planted, url)}", _RULE])


def _make_call(planted: Planted, url: str) -> str:
    token = planted.clients[0].bearer
    return f"curl -H 'Authorization: Bearer {token}' '{url}/hub/v1/queue/?state=Succeeded&limit=5'"
