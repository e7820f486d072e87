"""How work deep inside a child process learns that the supervisor stops.

A worker of the cluster is told nothing when the cluster is asked to stop: it would finish its task, however
long that takes. So long tasks look for a file whose path they find in their environment.
"""

import tempfile
from pathlib import Path

from queues.tasks import STOP_FILE


class StopFile:
    """In a directory of its own, so that nothing a killed supervisor left behind stops another one's work."""

    def __init__(self) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="integrationhub-")
        self._path = Path(self._directory.name) / "stop"

    @property
    def environment(self) -> dict[str, str]:
        return {STOP_FILE: str(self._path)}

    def put_down(self) -> None:
        self._path.touch()

    def remove(self) -> None:
        self._directory.cleanup()
