"""Requests and answers as people like to read them."""

import json


def pretty(exchange: str) -> str:
    """A logged request or answer (a head, a blank line, a body), its body indented when it is JSON."""
    head, blank, body = exchange.partition("\n\n")
    try:
        return head + blank + json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return exchange
