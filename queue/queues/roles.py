"""The roles of staff: groups with permissions that come with the hub, and are kept as they are written here.

Who needs another mix makes a group of their own: these four are put right at every start.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import Group, Permission
from django.db import transaction

_OWN_APPS = frozenset({"integrations", "queue", "channels"})
_PEOPLE = frozenset({"auth.user", "auth.group"})
# What says who did what, and what opens doors.
_CONFIDENTIAL = frozenset({"integrations.auditentry", "integrations.credential", "integrations.keptanswer"})
_OPERATED = frozenset(
    {
        "queue.change_integrationqueue",
        "queue.change_breaker",
        "integrations.change_clientintegration",
        "integrations.change_engineswitch",
    }
)
_AUDITED = frozenset(
    {
        "integrations.auditentry",
        "integrations.client",
        "integrations.clientintegration",
        "integrations.consent",
        "integrations.credential",
        "integrations.integration",
        "integrations.integrationversion",
        "integrations.membership",
        "queue.bulkjob",
        *_PEOPLE,
    }
)


@dataclass(frozen=True, slots=True)
class Right:
    """A permission by its names: `integrations.view_client` is what one may do to `integrations.client`."""

    app: str
    codename: str
    model: str

    @property
    def name(self) -> str:
        return f"{self.app}.{self.codename}"

    @property
    def kind(self) -> str:
        return f"{self.app}.{self.model}"

    @property
    def is_view(self) -> bool:
        return self.codename.startswith("view_")

    @property
    def is_of_the_hub(self) -> bool:
        return self.app in _OWN_APPS


def _administers(right: Right) -> bool:
    return right.is_of_the_hub or right.kind in _PEOPLE


def _operates(right: Right) -> bool:
    return _supports(right) or right.name in _OPERATED


def _supports(right: Right) -> bool:
    return right.is_of_the_hub and right.is_view and right.kind not in _CONFIDENTIAL


def _audits(right: Right) -> bool:
    return right.is_view and right.kind in _AUDITED


ROLES: dict[str, Callable[[Right], bool]] = {
    # Everything in the hub, its people and their roles.
    "Hub admin": _administers,
    # Sees all but keys and the audit log; handles items, activations and the engine's switches.
    "Operator": _operates,
    # Sees what an operator sees, and changes nothing.
    "Support": _supports,
    # Sees definitions, consents, keys and people, and who did what; no business rows.
    "Auditor": _audits,
}


def install_roles() -> list[str]:
    """Brings the groups in line with ROLES; the names of those that had to be made or put right."""
    rights = {
        permission.pk: Right(
            permission.content_type.app_label, permission.codename, permission.content_type.model
        )
        for permission in Permission.objects.select_related("content_type")
    }
    with transaction.atomic():
        return [name for name, may in ROLES.items() if _align(name, {pk for pk in rights if may(rights[pk])})]


def _align(name: str, wanted: set[int]) -> bool:
    group, _ = Group.objects.get_or_create(name=name)
    present = set(group.permissions.values_list("pk", flat=True))
    group.permissions.set(wanted)
    return present != wanted
