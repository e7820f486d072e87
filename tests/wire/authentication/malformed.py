"""Forty Authorization headers that hold no credential."""

import base64


def basic(credentials: bytes) -> str:
    return f"Basic {base64.b64encode(credentials).decode()}"


MALFORMED = {
    "empty": "",
    "blank": "   ",
    "a scheme alone: Basic": "Basic",
    "a scheme alone: Bearer": "Bearer",
    "a scheme and a blank: Basic": "Basic ",
    "a scheme and a blank: Bearer": "Bearer   ",
    "no scheme": "dXNlcjpwYXNz",
    "an unknown scheme": "Digest username=a",
    "a ticket without a dot": "SOTicket 7T:abc",
    "a tab for a blank": "Basic\tdXNlcjpwYXNz",
    "a colon after the scheme": "Basic: dXNlcjpwYXNz",
    "two schemes": "Basic Bearer a.b",
    "no colon": basic(b"userpass"),
    "nothing before the colon": basic(b":pass"),
    "nothing after the colon": basic(b"user:"),
    "only a colon": basic(b":"),
    "Base64 of nothing": basic(b""),
    "no Base64": "Basic user:pass",
    "Base64 without its padding": "Basic dXNlcjpwYXM",
    "Base64 with too much padding": "Basic dXNlcjpwYXNz====",
    "Base64 for URLs": "Basic " + base64.urlsafe_b64encode(b"us\xff\xfe:pass").decode(),
    "Base64 with a blank in it": "Basic dXNl cjpwYXNz",
    "Base64 with a line end in it": "Basic dXNl\ncjpwYXNz",
    "Base64 of Latin-1": basic("müller:pass".encode("latin-1")),
    "Base64 of UTF-16": basic("user:pass".encode("utf-16")),
    "Base64 of a broken sequence": basic(b"user:\xc3"),
    "a surrogate in UTF-8": basic(b"us\xed\xa0\x80er:pass"),
    "a NUL in the name": basic(b"us\x00er:pass"),
    "a NUL in the password": basic(b"user:pa\x00ss"),
    "a line end in the name": basic(b"us\r\ner:pass"),
    "a letter beyond ASCII": basic("müller:pass".encode()),
    "a letter beyond ASCII as it is": "Basic dXNlcjpwYXNzü",
    "8 KB of Basic": basic(b"u:" + b"p" * 8192),
    "8 KB of Bearer": "Bearer u." + "p" * 8192,
    "two headers joined": "Basic dXNlcjpwYXNz, Basic dXNlcjpwYXNz",
    "two tokens joined": "Bearer a.b, Bearer c.d",
    "a token without a dot": "Bearer abcdef",
    "nothing before the dot": "Bearer .abcdef",
    "nothing after the dot": "Bearer abcdef.",
    "a token with a NUL": "Bearer abc.d\x00ef",
}
