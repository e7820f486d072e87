"""The project package.

Every entry point (manage.py, gunicorn, django-admin, pytest, the cluster) imports `integrationhub.settings`
first, so this is the one place that puts the source root `queue/` on the path. The folder cannot be a package
itself: an importable top-level `queue` shadows the standard library's module of that name.
"""

import sys
from pathlib import Path

_QUEUE_ROOT = str(Path(__file__).resolve().parent.parent / "queue")
if _QUEUE_ROOT not in sys.path:
    sys.path.append(_QUEUE_ROOT)
