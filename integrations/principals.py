"""Who is asking: one principal for every surface."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from integrations.models import Client


class Scope(models.TextChoices):
    """What a credential may be used for."""

    READ = "read", "Read"
    WRITE = "write", "Write definitions, records and client integrations"
    OPERATE = "operate", "Retry, cancel and hold queue items"
    CHANNELS = "channels", "Manage channels"
    ERPSYNC = "erpsync", "Control the engine through the ErpSync agent"
    CREDENTIALS = "credentials", "Issue, rotate and revoke credentials"
    STAFF = "staff", "See and manage all clients"


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller after authentication.

    `client` is None only for staff that picked no client: their reads span all clients, and creating a
    client-owned row is refused.
    """

    user: "User | None"
    client: "Client | None"
    scopes: frozenset[str] = field(default_factory=frozenset)
    credential_id: int | None = None
    """The key that proved it; None for a person's session."""

    @property
    def is_staff(self) -> bool:
        return Scope.STAFF in self.scopes

    @property
    def spans_clients(self) -> bool:
        return self.is_staff and self.client is None

    def may(self, scope: str) -> bool:
        return scope in self.scopes

    def __str__(self) -> str:
        if self.user is not None:
            return self.user.get_username()
        return f"credential of {self.client}" if self.client else "staff credential"
