import pytest

from integrations.errors import Refused
from queues.inbound.configuration import Pull, read
from tests.queues.inbound.conftest import CONFIGURATION

PAGING = "paging"


def test_the_smallest_configuration_reads_one_page_of_all_there_is():
    assert read({"path": "/p", "key": "id"}) == Pull("/p", "id")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"path": "payments"}, "path: 'payments' does not match"),
        ({"path": "/a?b=c"}, "path: '/a?b=c' does not match"),
        ({"path": "/a b"}, "path: Character 16 of the URL must be percent-encoded."),
        ({"key": "[?"}, "key: The mapping does not parse"),
        ({"mapping": ""}, "mapping: '' should be non-empty"),
        ({"query": {"a": 1}}, "query/a: 1 is not of type 'string'"),
        ({"most_pages": 0}, "most_pages: 0 is less than the minimum of 1"),
        ({PAGING: {"style": "other"}}, "paging/style: 'other' is not one of"),
        ({PAGING: {"style": "offset"}}, "paging: 'parameter' is a required property"),
        ({PAGING: {"style": "cursor", "parameter": "c"}}, "paging: 'expression' is a required property"),
        (
            {PAGING: {"style": "next_link", "expression": "a["}},
            "paging/expression: The mapping does not parse",
        ),
        ({"watermark": {"parameter": "since"}}, "watermark: 'expression' is a required property"),
        (
            {"watermark": {"parameter": "since", "expression": "u", "format": "x"}},
            "watermark/format: 'x' does not match",
        ),
        ({"page_size": {"parameter": "n", "size": 10_001}}, "page_size/size: 10001 is greater than"),
        ({"method": "POST"}, "configuration: Additional properties are not allowed"),
    ],
)
def test_what_cannot_work_is_refused_with_its_place(changes, message):
    with pytest.raises(Refused) as caught:
        read(CONFIGURATION | changes)
    assert caught.value.message.startswith(message)
    assert caught.value.field == "configuration"


def test_the_signature_follows_what_is_pulled_and_not_what_becomes_of_it():
    before = read(CONFIGURATION).signature
    assert read(CONFIGURATION | {"mapping": "@", "most_pages": 3}).signature == before
    assert read(CONFIGURATION | {"path": "/other"}).signature != before
    assert read(CONFIGURATION | {PAGING: {"style": "next_link"}}).signature != before
