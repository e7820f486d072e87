"""The disk that the hub writes to: whether it still takes what is written."""

import os
import shutil
import tempfile
from pathlib import Path

# A day of a busy hub; less than this calls for somebody.
LEAST_FREE_MB = 500
_BLOCK = bytes(4096)


def write_fault(directory: Path) -> str | None:
    """Why nothing can be written there, without naming the place; None when it can."""
    try:
        with tempfile.TemporaryFile(dir=directory) as file:
            file.write(_BLOCK)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return f"cannot be written to: {error.strerror}"
    return None


def free_mb(directory: Path) -> int:
    return shutil.disk_usage(directory).free // 1_000_000
