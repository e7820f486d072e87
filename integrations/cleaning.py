"""A row checked as a whole before it is saved, with every fault named by its field."""

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Model

from integrations import texts
from integrations.errors import Fault, Invalid


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
        Fault(None if name == NON_FIELD_ERRORS else name, message)
        for name, messages in error.message_dict.items()
        for message in messages
    ]
