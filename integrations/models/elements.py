from django.db import models

from integrations.models.bases import CommonQuerySet, Versioned


class Element(Versioned):
    """An external object that integrations address, such as a report or a feed of a system.

    A definition names it by `element_id`, and may name one that is not listed here.
    """

    id = models.CharField(max_length=256, primary_key=True)
    name = models.CharField(max_length=128)

    objects = CommonQuerySet["Element"].as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name
