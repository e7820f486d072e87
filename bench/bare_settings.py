"""The hub's settings for the bare view: the same database, and nothing around it."""

from bench.settings import *  # noqa: F403

MIDDLEWARE = []
ROOT_URLCONF = "bench.bare_view"
