"""Secrets that go in and never come out."""

from typing import Any

from django import forms
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminPasswordWidget

from integrations.admin.bases import HubAdmin


class WriteOnlySecretForm(forms.ModelForm):  # type: ignore[type-arg]
    """A model's `secret` as a password input: always shown empty, and left empty it keeps what is stored."""

    new_secret = forms.CharField(
        label="Secret",
        required=False,
        strip=False,
        max_length=4096,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="Stored encrypted, never shown. Empty: keeps the one that is stored.",
    )

    def save(self, commit: bool = True) -> Any:
        if self.cleaned_data["new_secret"]:
            self.instance.secret = self.cleaned_data["new_secret"]
        return super().save(commit)


class WriteOnlySecretAdmin(HubAdmin):
    """The stored secret is not even read, so a page cannot show it, nor break for want of its key."""

    form = WriteOnlySecretForm

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        rows: QuerySet[Model] = super().get_queryset(request).defer("secret")
        return rows
