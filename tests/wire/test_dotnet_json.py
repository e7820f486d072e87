from io import BytesIO

import pytest
from rest_framework.exceptions import ParseError

from integrationhub.wire.dotnet_json import DotNetJSONParser


def parse(body):
    return DotNetJSONParser().parse(BytesIO(body))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_both_of_net_s_encodings_are_read_with_a_mark_or_without(encoding):
    assert parse('{"a": "Ærlig 😀"}'.encode(encoding)) == {"a": "Ærlig 😀"}


@pytest.mark.parametrize(
    "body", [b"", b"  \r\n", b"\xef\xbb\xbf", b"\xff\xfe", b"null", " \n".encode("utf-16")]
)
def test_nothing_is_null(body):
    assert parse(body) is None


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe{",
        b"{\x00}\x00\x00",
        b"\xff\xfe\x00\xd8",
        "{}".encode("utf-32"),
        b"\xff",
        b'\xff\xfe{\x00"\x00',
    ],
)
def test_what_is_in_neither_is_refused(body):
    with pytest.raises(ParseError):
        parse(body)
