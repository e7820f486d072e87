from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from channels import checking, points
from channels.models import ChannelType
from integrations.admin.bases import VersionedAdmin
from integrations.admin.columns import column
from integrations.admin.json_fields import ReadableJSONField
from integrations.errors import Refused


class ChannelTypeForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = ChannelType
        fields = ("type", "most_points", "supplied")
        field_classes = {"supplied": ReadableJSONField}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            cleaned["supplied"] = cleaned.get("supplied") or {}
            try:
                checking.check_type(ChannelType(type=cleaned["type"], supplied=cleaned["supplied"]))
            except Refused as refusal:
                self.add_error("supplied", refusal.message)
        return cleaned


@admin.register(ChannelType)
class ChannelTypeAdmin(VersionedAdmin):
    none_yet = (
        "What all channels of a type have in common, where something is laid down. A type without an "
        "entry is free."
    )
    form = ChannelTypeForm
    list_display = ["type", "most_points", "lays_down"]
    search_fields = ["type"]

    def save_model(self, request: HttpRequest, obj: ChannelType, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        points.apply_type(obj)

    @column("Lays down")
    def lays_down(self, kind: ChannelType) -> str:
        return ", ".join(sorted(kind.supplied))
