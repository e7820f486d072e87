import json
import logging

import pytest
import structlog

TOKEN = "s3cr3t-t0ken"


@pytest.fixture
def written(capsys):
    """What the hub's own handler writes, line by line."""
    (handler,) = (
        each
        for each in logging.getLogger().handlers
        if isinstance(each.formatter, structlog.stdlib.ProcessorFormatter)
    )
    lines = []
    stream = type("Stream", (), {"write": lambda _, text: lines.append(text), "flush": lambda _: None})()
    before = handler.setStream(stream)
    yield lines
    handler.setStream(before)


@pytest.mark.parametrize("path", ["/hooks/", "/rest/v1/service/integration_tokens/", "/acme/rest/v1/hooks/"])
def test_a_token_in_a_path_is_in_no_log(path, written):
    logging.getLogger("django.request").warning("Not Found: %s", f"{path}{TOKEN}")
    structlog.get_logger("tests").warning("request_finished", request=f"GET {path}{TOKEN}?a=1")
    told = [json.loads(line) for line in written if line.strip()]
    assert [told[0]["event"], told[1]["request"]] == [f"Not Found: {path}…", f"GET {path}…?a=1"]
    assert TOKEN not in "".join(written)


def test_what_an_authorization_server_answers_is_in_no_log(written):
    query = f"state={TOKEN}&code={TOKEN}"
    logging.getLogger("django.request").warning("Bad Request: %s", f"/oauth/callback?{query}")
    structlog.get_logger("tests").warning("request_finished", request=f"GET /oauth/callback?{query}")
    told = [json.loads(line) for line in written if line.strip()]
    shown = "/oauth/callback?…"
    assert [told[0]["event"], told[1]["request"]] == [f"Bad Request: {shown}", f"GET {shown}"]
    assert TOKEN not in "".join(written)
