"""What rows have in common: a version for ETags, an owner, and who may see them."""

from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import Q

from integrations.principals import Principal

M = TypeVar("M", bound=models.Model)

TAKEN = "taken:"
"""How the code of a violation begins that is one field's fault; the field's name goes on."""


class Versioned(models.Model):
    """A row that REST can write. `row_version` is its ETag: every verb and engine statement raises it."""

    row_version = models.PositiveIntegerField(default=1, editable=False)
    created_on = models.DateTimeField(auto_now_add=True)
    updated_on = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class ClientOwnedQuerySet(models.QuerySet[M]):
    """Rows that belong to exactly one client."""

    def visible_to(self, principal: Principal) -> Self:
        return self if principal.spans_clients else self.for_client(principal.client)

    def for_client(self, client: Any) -> Self:
        return self.filter(client=client)


class SharedQuerySet(models.QuerySet[M]):
    """Rows of the hub (no owner: common to all) or of one client."""

    def visible_to(self, principal: Principal) -> Self:
        return self if principal.spans_clients else self.filter(Q(owner=None) | Q(owner=principal.client))

    def usable_by(self, owner: Any) -> Self:
        """Rows a definition of this owner may build on: its own, or the hub's that are flagged shareable."""
        if owner is None:
            return self.filter(owner=None)
        return self.filter(Q(owner=owner) | Q(owner=None, shareable=True))


class CommonQuerySet(models.QuerySet[M]):
    """Rows that hold nothing of any client."""

    def visible_to(self, principal: Principal) -> Self:
        return self


def unique_per_owner(table: str, *fields: str) -> list[models.BaseConstraint]:
    """Two constraints, since NULL owners never collide: one among a client's rows, one among the hub's."""
    refusal: Any = {
        "violation_error_code": f"{TAKEN}{fields[-1]}",
        "violation_error_message": f"This {fields[-1]} is taken.",
    }
    return [
        models.UniqueConstraint(fields=["owner", *fields], name=f"{table}_unique_per_owner", **refusal),
        models.UniqueConstraint(
            fields=[*fields], condition=Q(owner=None), name=f"{table}_unique_in_hub", **refusal
        ),
    ]
