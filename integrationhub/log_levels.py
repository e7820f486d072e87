"""501 answers a request for what the documents say is not there: the hub did not fail."""

import logging
from http import HTTPStatus


class UnimplementedAsWarning(logging.Filter):
    """For the loggers of requests, which take every 5xx for an error. 4xx are warnings to them."""

    def filter(self, record: logging.LogRecord) -> bool:
        told = record.msg if isinstance(record.msg, dict) else {}
        if HTTPStatus.NOT_IMPLEMENTED in (getattr(record, "status_code", None), told.get("code")):
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            if told:
                told["level"] = "warning"
        return True
