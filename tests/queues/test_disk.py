import errno
import os

import pytest

from queues import disk


def test_a_disk_that_takes_what_is_written_has_no_fault(tmp_path):
    assert disk.write_fault(tmp_path) is None
    assert list(tmp_path.iterdir()) == []
    assert disk.free_mb(tmp_path) > 0


def test_a_directory_that_is_gone_is_a_fault_that_does_not_name_it(tmp_path):
    assert disk.write_fault(tmp_path / "gone") == "cannot be written to: No such file or directory"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_is_full_or_fails_is_a_fault(tmp_path, monkeypatch, number):
    def fail(descriptor):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(disk.os, "fsync", fail)
    assert disk.write_fault(tmp_path) == f"cannot be written to: {os.strerror(number)}"
