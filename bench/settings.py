"""The hub's settings for processes of a bench: they also know the action that does nothing."""

from integrationhub.settings import *  # noqa: F403
from integrationhub.settings import INSTALLED_APPS as _HUB

INSTALLED_APPS = [*_HUB, "bench"]
