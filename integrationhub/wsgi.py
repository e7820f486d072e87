"""WSGI entry point, for other servers than the one that is shipped."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "integrationhub.settings")

from django.core.wsgi import get_wsgi_application

from integrationhub.wire.chunked import accept_chunked
from integrationhub.wire.json_bodies import LARGEST

application = accept_chunked(get_wsgi_application(), LARGEST)
