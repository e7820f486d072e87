"""Addresses that people may be sent back to."""

import pytest
from django.core.exceptions import ValidationError

from integrations import return_addresses


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("https://a.example/x\nhttp://b.example/", "Line 2: The URL must start with https://."),
        ("https://a.example/x?y=1", "Line 1: The URL has neither a query nor a fragment."),
        ("https://a.example/x#y", "Line 1: The URL has neither a query nor a fragment."),
        ("javascript:alert(1)", "Line 1: The URL must start with http:// or https://."),
        ("https://a.example/\n\nhttps://b.example/", "Line 2: The URL must start with http:// or https://."),
        ("https://u:p@a.example/", "Line 1: The URL must not hold a user name"),
        ("\n".join(["https://a.example/"] * 21), "At most 20 addresses"),
    ],
)
def test_only_plain_addresses_with_tls_are_registered(text, fault):
    with pytest.raises(ValidationError, match=fault.replace("(", "[(]").replace("?", "[?]")):
        return_addresses.validate(text)


def test_pages_on_one_s_own_machine_need_no_tls():
    return_addresses.validate("http://localhost:3000/back\nhttp://127.0.0.1/\nhttps://a.example/x")


def test_the_query_is_the_caller_s_own():
    assert return_addresses.is_registered("https://a.example/x?y=https://b.example/", "https://a.example/x")
    assert not return_addresses.is_registered("https://b.example/?https://a.example/x", "https://a.example/x")
    assert not return_addresses.is_registered("", "")
    assert return_addresses.with_outcome("https://a/?x=1", reason="a&b") == "https://a/?x=1&reason=a%26b"
