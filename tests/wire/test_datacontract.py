"""Forms and JSON as Web API binds them to a contract."""

import pytest

from integrationhub.wire import datacontract
from integrationhub.wire.datacontract import Contract, Kind
from integrationhub.wire.forms import Pairs
from integrationhub.wire.problems import InvalidInput

CONTRACT = Contract(
    "Report",
    "urn:report",
    {"Id": Kind.INT, "On": Kind.DATE, "Values": Kind.DICTIONARY, "Name": Kind.STRING},
    {},
)
EMPTY = dict.fromkeys(CONTRACT.all)


@pytest.mark.parametrize(
    "names",
    [
        ("Values[a]", "Values[b.c]"),
        ("values[0].Key", "values[0].Value", "values[1].Key", "values[1].Value"),
        ("Values[7][key]", "Values[7][value]", "Values[9][Key]", "Values[9][Value]"),
    ],
)
def test_a_dictionary_in_a_form_is_named_by_keys_or_by_numbers(names):
    texts = ["1", ""] if len(names) == 2 else ["a", "1", "b.c", ""]
    pairs = Pairs(zip(names, texts, strict=True))
    assert datacontract.read(CONTRACT, pairs)["Values"] == {"a": "1", "b.c": ""}


@pytest.mark.parametrize(
    "name", ["Values[0].Key", "Values[x][Key]", "Values[0][Key][z]", "Values", "Values[0][Other]", "Values[]"]
)
def test_a_dictionary_that_is_none_is_refused(name):
    with pytest.raises(InvalidInput) as refusal:
        datacontract.read(CONTRACT, Pairs([(name, "x"), (name, "y")]))
    assert [error.field for error in refusal.value.errors] == ["request.Values"]


def test_an_empty_text_is_null():
    texts = {"id": "", "ON": "", "Values": "", "name": ""}
    assert datacontract.read(CONTRACT, texts) == EMPTY
    assert datacontract.read(CONTRACT, Pairs(texts.items())) == EMPTY
    assert datacontract.read(CONTRACT, {"Values": {"a": ""}})["Values"] == {"a": ""}
