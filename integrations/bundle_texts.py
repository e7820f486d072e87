"""Bundles of definitions as text: YAML, JSON, and their integrations as a spreadsheet (CSV)."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from integrations.bundles import KINDS, Bundle, Row
from integrations.errors import Refused

FORMATS = ("yaml", "json", "csv")
LARGEST = 1024 * 1024

# Members of an integration that may be nothing; in tables, an empty cell says so.
NULLABLE = ("notes", "element_id", "filter", "action")

_TEXT = {"type": "string", "maxLength": 4096}
_MAYBE = {"type": ["string", "null"], "maxLength": 65_536}
_FLAG = {"type": "boolean"}
_NUMBER = {"type": "integer"}


def _rows_of(required: list[str], **members: Any) -> dict[str, Any]:
    row = {"type": "object", "properties": members, "required": required, "additionalProperties": False}
    return {"type": "array", "items": row, "maxItems": 1000}


_FLAGS = (
    "active",
    "managed",
    "allow_schedule_update",
    "parallel",
    "strict_order",
    "include_update",
    "continuous",
)
_NUMBERS = ("max_attempts", "batch_size")
_TEXTS = ("entity", "direction", "system", "schedule", "consent_type")
_COLUMNS = ("name", *_TEXTS, *NULLABLE, *_FLAGS, *_NUMBERS, "backoff")

_SCHEMA = Draft202012Validator(
    {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "entities": _rows_of(
                ["id"],
                id=_TEXT,
                name=_TEXT,
                key_property=_TEXT,
                name_property=_TEXT,
                updated_on_property=_TEXT,
                properties=_rows_of(["name", "type"], name=_TEXT, type=_TEXT, nullable=_FLAG),
            ),
            "systems": _rows_of(
                ["name"],
                name=_TEXT,
                base_url=_TEXT,
                authentication=_TEXT,
                username=_TEXT,
                header=_TEXT,
                shareable=_FLAG,
            ),
            "schedules": _rows_of(["name"], name=_TEXT, cron=_TEXT, shareable=_FLAG),
            "actions": _rows_of(
                ["name"], name=_TEXT, handler=_TEXT, configuration={"type": "object"}, shareable=_FLAG
            ),
            "integrations": _rows_of(
                ["name"],
                name=_TEXT,
                **dict.fromkeys(_TEXTS, _TEXT),
                **dict.fromkeys(NULLABLE, _MAYBE),
                **dict.fromkeys(_FLAGS, _FLAG),
                **dict.fromkeys(_NUMBERS, _NUMBER),
                backoff={"type": ["array", "null"], "items": {"type": "number"}, "maxItems": 1000},
            ),
        },
    }
)


class _PlainLoader(yaml.SafeLoader):
    """Without anchors: a few of them spell a document of any size."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not allowed")
        return super().compose_node(parent, index)


def write(bundle: Bundle, kind: str) -> str:
    match kind:
        case "json":
            return json.dumps(bundle, indent=2, ensure_ascii=False) + "\n"
        case "csv":
            return _write_csv(bundle["integrations"])
    return str(yaml.safe_dump(bundle, sort_keys=False, allow_unicode=True, width=100))


def read(text: str, kind: str) -> Bundle:
    """Raises Refused, with the place of the fault."""
    if len(text) > LARGEST:
        raise Refused(f"A bundle has at most {LARGEST} characters.")
    try:
        found: object = _READERS[kind](text)
    except (ValueError, yaml.YAMLError, csv.Error, RecursionError) as error:
        raise Refused(f"This cannot be read as {kind.upper()}: {_reason(error)}") from None
    if fault := best_match(_SCHEMA.iter_errors(found)):
        place = "/".join(map(str, fault.absolute_path)) or "the document"
        raise Refused(f"{place}: {fault.message[:300]}")
    if not isinstance(found, Mapping):
        raise Refused(f"A bundle is a mapping of {', '.join(KINDS)}.")
    return dict(found)


def _reason(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        mark = error.problem_mark
        return f"line {mark.line + 1}, column {mark.column + 1}: {error.problem}"
    return str(error)


def _write_csv(rows: list[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS)
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(row.get(name)) for name in _COLUMNS})
    return text.getvalue()


# What a spreadsheet program would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _read_csv(text: str) -> Bundle:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    if not reader.fieldnames or "name" not in reader.fieldnames:
        raise ValueError("the first line names the columns, and one of them is name")
    return {"integrations": [_read_row(row) for row in reader]}


def _read_row(cells: Mapping[str, str]) -> Row:
    if None in cells or None in cells.values():
        raise ValueError("a line has more or fewer cells than the first")
    return {name: _value(name, text) for name, text in cells.items() if text or name in NULLABLE}


def _value(name: str, cell: str) -> Any:
    text = cell[1:] if cell[:1] == "'" and cell[1:].startswith(_FORMULA) else cell
    if name in _FLAGS:
        return {"true": True, "false": False}.get(text.lower(), text)
    if name in _NUMBERS or name == "backoff":
        return json.loads(text)
    return None if text == "" else text


def _read_yaml(text: str) -> object:
    return yaml.load(text, Loader=_PlainLoader)  # noqa: S506  (a SafeLoader)


_READERS: dict[str, Callable[[str], object]] = {"yaml": _read_yaml, "json": json.loads, "csv": _read_csv}
