from django.core.validators import RegexValidator
from django.db import models

from integrationhub.wire.expressions.schema import Property, Schema
from integrationhub.wire.expressions.types import Scalar
from integrations.models.bases import CommonQuerySet, Versioned

_NAME = RegexValidator(r"^[A-Za-z_][A-Za-z0-9_]*\Z", "Use letters, digits and _, no digit first.")

PROPERTY_TYPES = (
    Scalar.STRING,
    Scalar.BOOLEAN,
    Scalar.INT,
    Scalar.DECIMAL,
    Scalar.DOUBLE,
    Scalar.DATETIME,
    Scalar.DATE,
    Scalar.GUID,
)


class Entity(Versioned):
    """A kind of business row: which of its properties are its key, its name and its time of change."""

    id = models.CharField(max_length=450, primary_key=True, validators=[_NAME])
    name = models.CharField(max_length=128)
    key_property = models.CharField(max_length=128, validators=[_NAME], help_text="Its value is the ItemId.")
    name_property = models.CharField(
        max_length=128, validators=[_NAME], help_text="Its value is the ItemName."
    )
    updated_on_property = models.CharField(
        max_length=128,
        validators=[_NAME],
        help_text="A DateTime. A later value is a newer version of the row.",
    )

    objects = CommonQuerySet["Entity"].as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "entities"

    def __str__(self) -> str:
        return self.name

    def schema(self) -> Schema:
        """What a filter may name."""
        return Schema(
            self.id,
            tuple(Property(each.name, Scalar(each.type), each.nullable) for each in self.properties.all()),
        )


class EntityProperty(models.Model):
    """A typed property of an entity. The type decides how a value is checked, stored and compared."""

    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="properties")
    name = models.CharField(max_length=128, validators=[_NAME])
    type = models.CharField(
        max_length=16,
        choices=[(kind.value, kind.value) for kind in PROPERTY_TYPES],
    )
    nullable = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    objects = CommonQuerySet["EntityProperty"].as_manager()

    class Meta:
        ordering = ["position", "id"]
        verbose_name_plural = "entity properties"
        constraints = [models.UniqueConstraint(fields=["entity", "name"], name="entity_property_once")]

    def __str__(self) -> str:
        return f"{self.name}: {self.type}"
