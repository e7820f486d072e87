"""Parts put together to a batch, in one of its two formats. `dice` decides what goes wrong in that."""

import json

from tests.odata.fuzzing import words


def batch(dice, parts):
    """Content type and body."""
    return dice.pick(_multipart, _json)(dice, parts)


def _url(dice, part, number):
    url = dice.pick(part.url, part.url, f"{dice.root}{part.url}", f"http://testserver{dice.root}{part.url}")
    return (
        dice.pick(f"${number - 1}", "$1/Name", "http://x/y", "/x", "http://[", "")
        if dice.astray(0.3)
        else url
    )


def _named(headers):
    return {name.removeprefix("HTTP_").replace("_", "-"): text for name, text in headers.items()}


def _json(dice, parts):
    requests = [_request(dice, part, number) for number, part in enumerate(parts)]
    text = json.dumps({"requests": requests})
    for part in parts:
        text = text.replace('"BODY"', part.body.decode("utf-8", "replace") or "null", 1)
    return "application/json", dice.mutated(text, 0.3).encode("utf-8", "surrogatepass")


def _request(dice, part, number):
    request = {
        "id": str(number),
        "method": part.method,
        "url": _url(dice, part, number),
        "headers": {"content-type": part.content_type, **_named(part.headers)},
        "body": "BODY" if part.content_type == "application/json" else part.body.decode("utf-8", "replace"),
    }
    if dice.maybe(0.4):
        request["atomicityGroup"] = dice.pick("g", "g", "h")
    if dice.astray(0.5):
        strays = [
            ("dependsOn", ["0"]),
            ("dependsOn", "1"),
            ("if", "$0/Id eq 1"),
            ("id", ""),
            ("method", "MERGE"),
        ]
        name, value = dice.pick(
            *strays, ("atomicityGroup", 5), ("headers", {"a": 1}), ("body", "%%%"), ("url", None)
        )
        request[name] = value
    return request


def _multipart(dice, parts):
    lines = []
    for number, part in enumerate(parts):
        inner = _message(dice, part, number)
        if part.method not in ("GET", "HEAD") and dice.maybe(0.6):
            inner = ["Content-Type: multipart/mixed; boundary=c", "", "--c", *inner, "--c--"]
        lines += ["--b", *inner]
    text = dice.mutated(dice.pick("\r\n", "\n").join([*lines, "--b--", ""]), 0.3)
    content_type = dice.pick(*words.MEDIA_TYPES) if dice.astray(0.1) else "multipart/mixed; boundary=b"
    return content_type, text.encode("utf-8", "surrogatepass")


def _message(dice, part, number):
    head = ["Content-Type: application/http", f"Content-ID: {number}", ""]
    line = f"{part.method} {_url(dice, part, number)} HTTP/1.1"
    headers = [f"{name}: {text}" for name, text in _named(part.headers).items()]
    typed = [f"Content-Type: {part.content_type}"] if part.content_type else []
    return [*head, line, *typed, *headers, "", part.body.decode("utf-8", "replace")]
