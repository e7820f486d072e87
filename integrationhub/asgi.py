"""ASGI entry point: what the shipped web server loads in each of its workers."""

import gc
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "integrationhub.settings")

from django.core.wsgi import get_wsgi_application

from integrationhub.wire.asgi import Threaded
from integrationhub.wire.json_bodies import LARGEST

THREADS = 4

application = Threaded(get_wsgi_application(), threads=THREADS, largest=LARGEST)
# What has been loaded stays: collecting garbage does not have to look at it every time.
gc.freeze()
