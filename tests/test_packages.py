"""The folder `queue/` is a source root, never a package: that would shadow the standard library's `queue`."""

import queue
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.sources import ROOT


def test_the_folder_queue_is_no_package():
    assert (ROOT / "queue" / "queues" / "__init__.py").exists()
    assert not (ROOT / "queue" / "__init__.py").exists()


def test_the_standard_library_s_queue_is_itself_under_pytest():
    assert "SimpleQueue" in vars(queue)
    assert Path(queue.__file__).parent == Path(sysconfig.get_path("stdlib"))


def test_the_standard_library_s_queue_is_itself_under_manage_py():
    command = "import queue, queues; print(queue.SimpleQueue.__name__, queue.__file__, queues.__file__)"
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "--command", command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    name, standard, ours = done.stdout.split()
    assert name == "SimpleQueue"
    assert Path(standard).parent == Path(sysconfig.get_path("stdlib"))
    assert Path(ours).parent == ROOT / "queue" / "queues"
