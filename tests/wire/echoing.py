"""A WSGI application that tells what it was asked, for tests of the web server in front of it."""

import json
import os
import time

from integrationhub.wire.asgi import Threaded

SLOW_SECONDS = 2
LARGEST = 1024 * 1024


def echo(environ, start_response):
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    if environ["PATH_INFO"] == "/slow":
        time.sleep(SLOW_SECONDS)
    if environ["PATH_INFO"] == "/broken":
        raise ValueError("broken")
    told = {name: value for name, value in environ.items() if isinstance(value, str)}
    content = json.dumps({**told, "body": body.decode("latin-1"), "process": os.getpid()}).encode()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [content]


application = Threaded(echo, threads=4, largest=LARGEST)
