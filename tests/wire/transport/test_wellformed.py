import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrationhub.wire.transport import Request, check_request, check_url

GOOD = Request("POST", "https://erp.example.com/payments")


@pytest.mark.parametrize(
    "url",
    [
        "http://erp.example.com",
        "HTTPS://ERP.example.com:8443/a/b;c=d?x=%20&y=[1]#part",
        "http://127.0.0.1:1/",
        "http://[2001:db8::1]:65535/",
        "http://under_score.example/",
        "https://xn--mller-kva.example?q=@",
        "http://a/" + "x" * (2048 - len("http://a/")),
    ],
)
def test_an_http_url_passes(url):
    check_url(url)


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("", "must start with http"),
        ("erp.example.com/path", "must start with http"),
        ("//erp.example.com", "must start with http"),
        ("file:///etc/passwd", "must start with http"),
        ("gopher://127.0.0.1:25/x", "must start with http"),
        ("unix:/run/docker.sock", "must start with http"),
        ("ftp://erp.example.com", "must start with http"),
        ("http:/erp.example.com", "must start with http"),
        ("http://", "has no host"),
        ("http:///path", "has no host"),
        ("http://?q", "has no host"),
        ("http://user:pass@erp.example.com", "user name or password"),
        ("http://erp.example.com@127.0.0.1/", "user name or password"),
        ("http://erp.example.com:0/", "port must be between"),
        ("http://erp.example.com:65536/", "port must be between"),
        ("http://erp.example.com:port/", "host must be"),
        ("http://erp.example.com:80:80/", "host must be"),
        ("http://erp%2eexample.com/", "host must be"),
        ("http://[fe80::1%25eth0]/", "host must be"),
        ("http://[1::2::3]/", "host must be"),
        ("http://[::1", "host must be"),
        ("http://::1/", "host must be"),
        ("http://.example.com/", "host must be"),
        ("http://a/" + "x" * 2048, "longer than 2048"),
        (" http://erp.example.com", "Character 1 "),
        ("http://erp.example.com/a b", "Character 25 "),
        ("http://erp.example.com\\@127.0.0.1/", "Character 23 "),
        ("http://erp.example.com/\r\nX: y", "Character 24 "),
        ("http://erp.example.com/\x00", "Character 24 "),
        ("http://127。0。0。1/", "Character 11 "),
        ("http://müller.example/", "Character 9 "),
    ],
)
def test_any_other_url_is_refused_with_the_reason(url, complaint):
    with pytest.raises(ValueError, match=complaint):
        check_url(url)


@given(st.text(st.characters(exclude_characters="/?#")))
def test_a_url_error_never_quotes_what_was_written(text):
    with pytest.raises(ValueError, match="URL") as caught:
        check_url("http://s3cret:" + text + "@")

    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "MERGE", "LOOKUP"]
)
def test_any_method_of_an_application_passes(method):
    check_request(replace(GOOD, method=method))


@pytest.mark.parametrize(
    "method", ["", "GET /", "GET\r\nX: y", "G\x00T", "GÉT", "CONNECT", "TRACE", "get", "-"]
)
def test_a_method_that_would_change_the_request_line_or_the_connection_is_refused(method):
    with pytest.raises(ValueError, match="method"):
        check_request(replace(GOOD, method=method))


@pytest.mark.parametrize("name", ["", "X Y", "X:Y", "X\r\nY", "X\nY", "X\x00", "Ünder", "X-s3cret: leaked"])
def test_a_header_name_that_is_no_token_is_refused(name):
    with pytest.raises(ValueError, match="name of a header ") as caught:
        check_request(replace(GOOD, headers=(("X-Fine", "yes"), (name, "value"))))

    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "value", ["s3cret\r\nX: y", "s3cret\nX: y", "s3cret\r", "s3cret\x00", "s3cret é", "\x7f"]
)
def test_a_header_value_that_is_not_one_printable_line_is_refused_by_name(value):
    with pytest.raises(ValueError, match="value of the header X-Token") as caught:
        check_request(replace(GOOD, headers=(("X-Token", value),)))

    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["Host", "content-length", "Transfer-Encoding", "CONNECTION", "Expect", "TE"]
)
def test_headers_that_frame_the_message_are_the_hubs_own(name):
    with pytest.raises(ValueError, match="set by the hub itself"):
        check_request(replace(GOOD, headers=((name, "5"),)))


def test_a_head_request_with_a_body_is_refused():
    with pytest.raises(ValueError, match="HEAD"):
        check_request(replace(GOOD, method="HEAD", body=b"x"))


@pytest.mark.parametrize("deadline", [0, -1, math.nan, math.inf, 3600.1])
def test_a_deadline_must_be_a_time_that_passes(deadline):
    with pytest.raises(ValueError, match="deadline"):
        check_request(replace(GOOD, deadline=deadline))


def test_a_request_shows_no_secrets_when_it_is_logged():
    request = Request("POST", "https://erp/?key=s3cret", (("Authorization", "Bearer s3cret"),), b"s3cret")

    assert repr(request) == "Request(method='POST', deadline=30.0, largest_answer=65536)"
