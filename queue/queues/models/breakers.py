from django.db import models

from integrations.models import Client, System


class Breaker(models.Model):
    """How calls of one client to one system have gone since the last that was answered.

    While it is open nothing is sent, so that a system that is down burns no attempts.
    """

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    system = models.ForeignKey(System, on_delete=models.CASCADE, related_name="breakers")
    failures = models.PositiveIntegerField(default=0, help_text="In a row.")
    openings = models.PositiveSmallIntegerField(default=0, help_text="How often it has opened in a row.")
    open_until = models.DateTimeField(null=True, blank=True, help_text="Nothing is sent before.")
    failing_since = models.DateTimeField(null=True, blank=True, help_text="The first failure in this row.")
    reason = models.CharField(max_length=500, blank=True, help_text="What the last failure says.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "system"], name="breaker_once")]

    def __str__(self) -> str:
        return f"{self.client} to {self.system}: {self.failures} failures in a row"
