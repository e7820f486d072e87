import json
from typing import Any

from django import forms
from django.forms.fields import InvalidJSONInput


class ReadableJSONField(forms.JSONField):
    """JSON as people write it: indented, their letters as they are, and nothing at all for null."""

    def __init__(self, *, indent: int | None = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.indent = indent

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, InvalidJSONInput):
            return value
        return "" if value is None else json.dumps(value, indent=self.indent, ensure_ascii=False)
