import os
import subprocess
import sys

from tests.sources import ROOT

SKIPS = {
    "by mark": "@pytest.mark.skipif(True, reason='no browser')\ndef test_it(): pass\n",
    "in the test": "def test_it(): pytest.skip('no browser')\n",
    "in a fixture": "@pytest.fixture\ndef it(): pytest.skip('no browser')\ndef test_it(it): pass\n",
    "as a module": "pytest.importorskip('no_browser')\ndef test_it(): pass\n",
}


def run(folder, *options):
    """The last line that pytest says of the tests in `folder`."""
    bare = ["-q", "-c", "/dev/null", "-p", "no:cacheprovider", "--continue-on-collection-errors"]
    command = [sys.executable, "-m", "pytest", *bare, *options, str(folder)]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    return done.stdout.splitlines()[-1]


def test_with_the_plugin_a_skipped_test_fails(tmp_path):
    for number, source in enumerate(SKIPS.values()):
        (tmp_path / f"test_skip_{number}.py").write_text("import pytest\n" + source)
    (tmp_path / "test_pass.py").write_text("def test_it(): assert 1\n")
    (tmp_path / "test_xfail.py").write_text("import pytest\n@pytest.mark.xfail\ndef test_it(): assert 0\n")
    assert "1 passed, 4 skipped, 1 xfailed" in run(tmp_path)
    failed = run(tmp_path, "-p", "tests.never_skipped")
    assert "1 passed, 1 xfailed" in failed
    assert "skipped" not in failed
