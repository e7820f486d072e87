"""Bundles of definitions as a workbook (XLSX): a sheet for each kind, a line for each row."""

import io
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from zipfile import BadZipFile, ZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from integrations.bundle_texts import NULLABLE
from integrations.bundles import KINDS, Bundle, Row
from integrations.errors import Refused

LARGEST_UNPACKED = 16 * 1024 * 1024
MOST_ROWS = 1000
MOST_COLUMNS = 50

# Members that hold more than a cell does; they stand in it as JSON.
_NESTED = frozenset({"properties", "configuration", "backoff"})


def write(bundle: Bundle) -> bytes:
    book = Workbook(write_only=True)
    for kind in KINDS:
        rows = bundle.get(kind, [])
        sheet = book.create_sheet(kind)
        columns = list(dict.fromkeys(name for row in rows for name in row))
        sheet.append([_heading(sheet, name) for name in columns])
        for row in rows:
            sheet.append([_cell(sheet, name, row.get(name)) for name in columns])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def read(content: bytes) -> Bundle:
    """What the sheets say, to be checked like the text of a bundle. Raises Refused for no workbook."""
    try:
        with ZipFile(io.BytesIO(content)) as packed:
            unpacked = sum(each.file_size for each in packed.infolist())
    except BadZipFile:
        raise Refused("This cannot be read as XLSX: it is no workbook.") from None
    if unpacked > LARGEST_UNPACKED:
        raise Refused(f"A workbook has at most {LARGEST_UNPACKED} bytes when it is unpacked.")
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheets = {sheet.title: list(_rows(sheet)) for sheet in book.worksheets}
    except Refused:
        raise
    except Exception as error:  # the reader's own: whatever a damaged file makes it stumble over
        raise Refused(f"This cannot be read as XLSX: {type(error).__name__}: {error}"[:300]) from None
    if not any(sheets.values()):
        raise Refused("This cannot be read as XLSX: no sheet has a row.")
    return sheets


def _heading(sheet: Any, name: str) -> Any:
    cell = WriteOnlyCell(sheet, name)
    cell.font = Font(bold=True)
    return cell


def _cell(sheet: Any, name: str, value: Any) -> Any:
    if value is None:
        return None
    cell = WriteOnlyCell(sheet, json.dumps(value) if name in _NESTED else value)
    if isinstance(cell.value, str):
        cell.data_type = "s"  # text that begins with = is no formula
    return cell


def _rows(sheet: Any) -> Iterator[Row]:
    sheet.reset_dimensions()  # what the file says of its own size need not be true
    lines = sheet.iter_rows(max_row=MOST_ROWS + 2, max_col=MOST_COLUMNS, values_only=True)
    columns = list(next(lines, ()))
    for number, line in enumerate(islice(lines, MOST_ROWS + 1), start=2):
        if number > MOST_ROWS + 1:
            raise Refused(f"{sheet.title}: a sheet has at most {MOST_ROWS} rows.")
        if any(value is not None for value in line):
            yield _row(sheet.title, number, columns, line)


def _row(title: str, number: int, columns: Iterable[Any], line: Iterable[Any]) -> Row:
    row: Row = {}
    for name, value in zip(columns, line, strict=False):
        if value is None and name not in NULLABLE:
            continue
        try:
            row[str(name)] = json.loads(value) if name in _NESTED and isinstance(value, str) else value
        except ValueError as error:
            raise Refused(f"{title}, line {number}, {name}: this is no JSON: {error}") from None
    return row
