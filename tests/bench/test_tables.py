import json

from bench.tables import Report, lay_out, show

ROWS = [
    {"what": "hub", "items/s": 12345.6, "server us": None},
    {"what": "other", "items/s": 9.5, "server us": 7},
]


def test_numbers_stand_to_the_right_under_their_heading():
    assert lay_out(ROWS) == [
        "what   items/s  server us",
        "hub     12,346          -",
        "other     9.50          7",
    ]


def test_a_table_without_rows_has_no_lines():
    assert lay_out([]) == []


def test_figures_are_as_precise_as_they_are_read():
    assert [show(value) for value in (0.256, 99.9, 1234.5, 1_000_000, None, "x")] == [
        "0.26",
        "99.90",
        "1,234",
        "1,000,000",
        "-",
        "x",
    ]


def test_a_report_says_on_which_machine_and_under_which_load(db):
    report = Report("Speed", ROWS, ["left out: nothing"])
    found = json.loads(report.as_json())
    assert found["rows"] == ROWS
    assert found["notes"] == ["left out: nothing"]
    assert set(found["machine"]) == {"date", "cores", "load", "python", "database"}
    assert report.as_text().splitlines()[0] == "Speed"
    assert "load " in report.as_text().splitlines()[1]
