"""The hub's settings, and an app of the suite's own, which proves that the OData layer is generic."""

from integrationhub.settings import *  # noqa: F403
from integrationhub.settings import INSTALLED_APPS as _HUB

INSTALLED_APPS = [*_HUB, "tests.odata.northwind.apps.NorthwindConfig"]
