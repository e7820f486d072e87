import io
import json
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook

from integrations import bundle_texts, bundle_workbooks
from integrations.errors import Refused

BUNDLE = {
    "entities": [
        {
            "id": "Payment",
            "name": "Payment",
            "key_property": "Id",
            "properties": [{"name": "Id", "type": "String", "nullable": False}],
        }
    ],
    "systems": [{"name": "ERP", "base_url": "https://erp.example", "shareable": True}],
    "schedules": [],
    "actions": [{"name": "Send", "handler": "http.send", "configuration": {"path": "/x"}}],
    "integrations": [
        {"name": "=1+1", "notes": None, "filter": "x => x.Amount > 1", "batch_size": 20, "backoff": [1, 2.5]},
        {"name": "'quoted", "notes": "two\nlines", "filter": None, "batch_size": 1, "backoff": [3]},
    ],
}


def workbook(*lines, title="integrations"):
    book = Workbook()
    book.active.title = title
    for line in lines:
        book.active.append(line)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_bundle_comes_back_from_its_workbook_as_it_was():
    assert bundle_workbooks.read(bundle_workbooks.write(BUNDLE)) == BUNDLE


def test_what_a_person_leaves_empty_is_nothing_or_left_alone():
    content = workbook(["name", "notes", "batch_size"], ["Payments", None, None], [None, None, None])
    assert bundle_workbooks.read(content) == {"integrations": [{"name": "Payments", "notes": None}]}


def test_a_cell_of_the_wrong_kind_is_named_by_its_place():
    with pytest.raises(Refused, match="integrations, line 2, backoff: this is no JSON"):
        bundle_workbooks.read(workbook(["name", "backoff"], ["Payments", "[1,"]))
    typed = bundle_workbooks.read(workbook(["name", "batch_size"], ["Payments", "many"]))
    with pytest.raises(Refused, match="integrations/0/batch_size: 'many' is not of type 'integer'"):
        bundle_texts.read(json.dumps(typed), "json")


def test_a_workbook_with_too_much_in_it_is_refused():
    with pytest.raises(Refused, match="integrations: a sheet has at most 1000 rows"):
        bundle_workbooks.read(workbook(["name"], *[[f"Row {number}"] for number in range(1001)]))
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b" " * (bundle_workbooks.LARGEST_UNPACKED + 1))
    with pytest.raises(Refused, match="when it is unpacked"):
        bundle_workbooks.read(file.getvalue())


@pytest.mark.parametrize("member", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"])
@pytest.mark.parametrize("text", [b"", b"<", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', b"<x/>"])
def test_a_damaged_workbook_is_refused(member, text):
    file = io.BytesIO()
    with ZipFile(io.BytesIO(workbook(["name"], ["Payments"]))) as whole, ZipFile(file, "w") as damaged:
        for each in whole.infolist():
            damaged.writestr(each.filename, text if each.filename == member else whole.read(each))
    with pytest.raises(Refused, match="cannot be read as XLSX"):
        bundle_texts.read(json.dumps(bundle_workbooks.read(file.getvalue())), "json")
