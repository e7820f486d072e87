"""Forms that are saved by a verb."""

from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest

from integrations.admin.bases import HubAdmin, staff_principal
from integrations.errors import Refused
from integrations.principals import Principal


class VerbForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form whose `perform` saves it through a verb.

    The verb is called as the last step of the validation, inside the transaction of the admin's view: what
    it refuses is an error of the field at fault, and `save` has nothing left to do. So there are no inlines
    beside such a form.
    """

    by: Principal
    # A draft is validated and filled in, and not saved: `instance` is then what would be.
    is_draft = False

    def perform(self) -> Any:
        """Saves, and returns the saved row. Raises Refused."""
        raise NotImplementedError

    def save(self, commit: bool = True) -> Any:
        self.save_m2m = lambda: None  # type: ignore[method-assign]
        return self.instance

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.errors or self.is_draft:
            return
        try:
            with transaction.atomic():
                self.instance = self.perform()
        except Refused as refusal:
            self.show(refusal)

    def show(self, refusal: Refused) -> None:
        for fault in refusal.faults:
            self.add_error(fault.field if fault.field in self.fields else None, fault.message)


class VerbFormAdmin(HubAdmin):
    form = VerbForm

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.by = staff_principal(request)
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: VerbForm, change: bool) -> None:
        """The form has been saved by its verb."""
