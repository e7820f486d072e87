"""How work deep inside a child process learns that it is to end.

A worker of the cluster is told nothing when the cluster is asked to stop, and nothing when its cluster has
died around it: it would finish its task, however long that takes. So long tasks look for a file whose path
they find in their environment.
"""

import tempfile
from contextlib import suppress
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
        # Temporary files are swept in the months a hub runs; and a full disk must not keep it from stopping.
        with suppress(OSError):
            self._path.parent.mkdir(exist_ok=True)
            self._path.touch()

    def take_up(self) -> None:
        self._path.unlink(missing_ok=True)

    def remove(self) -> None:
        self._directory.cleanup()
