"""A row checked as a whole before it is saved, with every fault named by its field."""

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Model

from integrations import texts
from integrations.errors import Fault, Invalid
from integrations.models.bases import TAKEN


def clean(row: Model) -> None:
    """Raises Invalid. Texts that no database can keep are faults, too: model validation lets them through."""
    faults = _unstorable(row)
    if faults:
        raise Invalid(faults)
    try:
        row.full_clean()
    except ValidationError as error:
        raise Invalid(_faults(error)) from None


def _unstorable(row: Model) -> list[Fault]:
    values = {field.name: field.value_from_object(row) for field in row._meta.concrete_fields}
    reasons = {name: texts.refusal(value) for name, value in values.items() if isinstance(value, str)}
    return [Fault(name, f"The {name} {reason}") for name, reason in reasons.items() if reason]


def _faults(error: ValidationError) -> list[Fault]:
    return [
        Fault(_blamed(each) if name == NON_FIELD_ERRORS else name, message)
        for name, errors in error.error_dict.items()
        for each in errors
        for message in each.messages
    ]


def _blamed(error: ValidationError) -> str | None:
    """The field at fault where a rule over several is broken, None where no single one is."""
    code = str(error.code or "")
    return code.removeprefix(TAKEN) if code.startswith(TAKEN) else None
