from typing import Any, NoReturn

from django.conf import settings
from django.db import models

from integrations.models.bases import ClientOwnedQuerySet
from integrations.models.clients import Client


class AuditEntryQuerySet(ClientOwnedQuerySet["AuditEntry"]):
    def update(self, **changes: Any) -> NoReturn:
        raise TypeError("Audit entries stay as they were written.")

    def delete(self) -> NoReturn:
        raise TypeError("Audit entries stay.")


class AuditEntry(models.Model):
    """Who did what, to what and when. Entries are added, and never changed or deleted by the product."""

    on = models.DateTimeField()
    actor = models.CharField(max_length=200, help_text="Who did it, as they were called then.")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    client = models.ForeignKey(
        Client, on_delete=models.SET_NULL, null=True, blank=True, help_text="Whose rows it was done to."
    )
    act = models.CharField(max_length=64)
    target = models.CharField(max_length=400)
    detail = models.JSONField(default=dict)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["client", "id"], name="audit_by_client")]

    def __str__(self) -> str:
        return f"{self.act}: {self.target}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("An audit entry stays as it was written.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("An audit entry stays.")
