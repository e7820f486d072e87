"""A logged request as a command that people can run, without its secrets."""

import shlex

from queues.redaction import MASK


def as_curl(exchange: str) -> str:
    """`exchange` is a head (method and URL, then a header a line), a blank line, and the body."""
    head, _, body = exchange.partition("\n\n")
    start, *lines = head.split("\n")
    method, _, url = start.partition(" ")
    parts = [f"curl -X {shlex.quote(method)} {shlex.quote(url)}", *map(_header, filter(None, lines))]
    if body:
        parts.append(f"--data-raw {shlex.quote(body)}")
    return " \\\n  ".join(parts)


def _header(line: str) -> str:
    """A masked value becomes a shell variable, for whoever runs the command to set."""
    name, _, value = line.partition(": ")
    if value != MASK:
        return f"-H {shlex.quote(line)}"
    variable = "".join(each if each.isascii() and each.isalnum() else "_" for each in name).upper()
    return f'-H {shlex.quote(f"{name}: ")}"${{{variable}}}"'
