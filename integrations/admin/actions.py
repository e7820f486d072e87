from typing import Any

from django import forms
from django.contrib import admin
from unfold.widgets import UnfoldAdminTextareaWidget

from integrations import publishing
from integrations.admin.bases import KeptWhileUsedAdmin
from integrations.admin.json_fields import ReadableJSONField
from integrations.errors import Refused
from integrations.models import Action


class ActionForm(forms.ModelForm):  # type: ignore[type-arg]
    configuration = ReadableJSONField(
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 10, "class": "hub-code", "spellcheck": "false"}),
        help_text='For http.send, such as {"method": "POST", "path": "/payments", "body": "{No: Number}"}: '
        "the path at the system, and the body, as JMESPath over a row's properties.",
    )

    def clean_configuration(self) -> Any:
        return self.cleaned_data["configuration"] or {}

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.errors:
            return
        try:
            publishing.check_action(self.instance)
        except Refused as refusal:
            self.add_error(refusal.field if refusal.field in self.fields else None, refusal.message)


@admin.register(Action)
class ActionAdmin(KeptWhileUsedAdmin):
    none_yet = "What is executed for an item, such as a call to a system."
    form = ActionForm
    list_display = ["name", "handler", "owner", "shareable"]
    list_select_related = ["owner"]
    list_filter = ["handler", "shareable"]
    search_fields = ["name", "handler"]
    autocomplete_fields = ["owner"]
    kept_for = ("integration_set",)
    fields = ["name", "handler", "configuration", "owner", "shareable"]
