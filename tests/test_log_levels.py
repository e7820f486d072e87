import logging

import pytest
import structlog
from django.http import HttpResponse
from django.utils.log import log_response


@pytest.mark.parametrize(
    ("status", "level"), [(501, "WARNING"), (500, "ERROR"), (503, "ERROR"), (404, "WARNING")]
)
def test_what_is_documented_to_be_absent_is_no_error_in_the_log(status, level, caplog):
    log_response("%s", "/OData/$all", response=HttpResponse(status=status))
    record = caplog.records[-1]
    assert (record.name, record.levelname, record.levelno) == (
        "django.request",
        level,
        getattr(logging, level),
    )


@pytest.mark.parametrize(("code", "level"), [(501, "warning"), (500, "error")])
def test_nor_is_it_in_the_line_that_ends_a_request(code, level, caplog):
    logger = structlog.get_logger("django_structlog.middlewares.request")
    logger.error("request_finished", code=code, request="GET /OData/$all")
    record = caplog.records[-1]
    assert (record.levelname, record.msg["level"]) == (level.upper(), level)
