"""The hub's settings with one more route: a plain ModelViewSet on the table of the queue."""

from bench.settings import *  # noqa: F403

ROOT_URLCONF = "bench.plain_view"
