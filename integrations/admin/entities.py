from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from unfold.admin import TabularInline
from unfold.forms import PaginationInlineFormSet

from integrationhub.wire.expressions.types import Scalar
from integrations.admin.bases import KeptWhileUsedAdmin
from integrations.models import Entity, EntityProperty


class PropertyFormSet(PaginationInlineFormSet):  # type: ignore[misc]
    """The properties that an entity builds on must be among its own."""

    def clean(self) -> None:
        super().clean()
        types = {form.cleaned_data["name"]: form.cleaned_data["type"] for form in self._kept_forms()}
        for role in ("key_property", "name_property", "updated_on_property"):
            name = getattr(self.instance, role)
            if name and name not in types:
                raise ValidationError(f"Add the property {name}, which is named as {role.replace('_', ' ')}.")
        moment = self.instance.updated_on_property
        if moment and types[moment] != Scalar.DATETIME:
            raise ValidationError(f"{moment} says when a row was updated: its type must be DateTime.")

    def _kept_forms(self) -> list[Any]:
        return [
            form for form in self.forms if form.cleaned_data.get("name") and not form.cleaned_data["DELETE"]
        ]


class PropertyInline(TabularInline):  # type: ignore[misc]
    model = EntityProperty
    formset = PropertyFormSet
    extra = 0
    fields = ["name", "type", "nullable", "position"]


@admin.register(Entity)
class EntityAdmin(KeptWhileUsedAdmin):
    none_yet = "The kinds of business rows, such as payments, that integrations send or bring in."
    list_display = ["name", "id", "key_property", "name_property", "updated_on_property"]
    search_fields = ["name", "id"]
    fields = ["id", "name", "key_property", "name_property", "updated_on_property"]
    inlines = [PropertyInline]
    kept_for = ("integration_set", "records")

    def get_readonly_fields(self, request: Any, obj: Entity | None = None) -> list[str]:
        return ["id"] if obj else []
