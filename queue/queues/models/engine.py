from django.db import models


class EngineBeat(models.Model):
    """When each part of the engine was last seen alive, one row per name ("tick", "pulse", …)."""

    name = models.CharField(max_length=64, primary_key=True)
    seen_on = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.seen_on:%H:%M:%S}"
