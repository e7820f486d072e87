import pytest

from integrations.errors import Conflict, Fault, Invalid, NotAllowed, Refused
from integrations.texts import printable, refusal


@pytest.mark.parametrize("kind", [Refused, NotAllowed, Conflict])
def test_a_refusal_has_one_fault(kind):
    refused = kind("No.", field="name")
    assert str(refused) == "No."
    assert list(refused.faults) == [Fault("name", "No.")]


def test_an_invalid_row_has_all_its_faults_and_names_the_first_field():
    faults = [Fault("name", "Too long."), Fault(None, "Together wrong.")]
    invalid = Invalid(faults)
    assert str(invalid) == "Too long. Together wrong."
    assert invalid.field == "name"
    assert list(invalid.faults) == faults


@pytest.mark.parametrize("text", ["", "a", "ä", "😀", "\n\t", "\uffff"])
def test_a_text_that_databases_keep_is_not_refused(text):
    assert refusal(text) is None


@pytest.mark.parametrize("text", ["\0", "a\0", "\ud83d", "\ude00a"])
def test_a_text_that_some_database_cannot_keep_is_refused(text):
    assert refusal(text)


def test_a_printable_text_breaks_no_line_and_no_encoding():
    shown = printable('a\r\n{"level":"info"}\ud800\0ä😀')
    assert shown == 'a��{"level":"info"}��ä😀'
