"""The script of the documentation, as whoever reads it makes it: a package, built and installed by pip."""

import importlib
import re
import subprocess
import sys

import pytest

from channels.scripts import registry
from tests.channels.points import POINTS
from tests.sources import ROOT

pytestmark = [pytest.mark.django_db, pytest.mark.broad]

# pip builds by whatever backend a package names. One of its own needs nothing that has to be downloaded.
BUILD_SYSTEM = '\n[build-system]\nrequires = []\nbuild-backend = "building"\nbackend-path = ["."]\n'
BACKEND = """
import tomllib, zipfile

def build_wheel(directory, config_settings=None, metadata_directory=None):
    project = tomllib.load(open("pyproject.toml", "rb"))["project"]
    module = project["name"].replace("-", "_")
    info, name = f"{module}-{project['version']}.dist-info", f"{module}-{project['version']}-py3-none-any.whl"
    groups = [
        f"[{group}]\\n" + "".join(f"{code} = {target}\\n" for code, target in scripts.items())
        for group, scripts in project["entry-points"].items()
    ]
    named = f"Name: {project['name']}\\nVersion: {project['version']}\\n"
    files = {
        f"{module}.py": open(f"{module}.py").read(),
        f"{info}/METADATA": "Metadata-Version: 2.1\\n" + named,
        f"{info}/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        f"{info}/entry_points.txt": "\\n".join(groups),
    }
    record = "".join(f"{path},,\\n" for path in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(f"{directory}/{name}", "w") as wheel:
        for path, text in {**files, f"{info}/RECORD": record}.items():
            wheel.writestr(path, text)
    return name
"""


def documented(language):
    """The block of the page on channels that shows this file."""
    text = (ROOT / "docs" / "channels.md").read_text()
    (block,) = re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return block


@pytest.fixture
def installed(tmp_path, monkeypatch):
    project, site = tmp_path / "project", tmp_path / "site"
    project.mkdir()
    (project / "hub_greeting.py").write_text(documented("python"))
    (project / "pyproject.toml").write_text(documented("toml") + BUILD_SYSTEM)
    (project / "building.py").write_text(BACKEND)
    options = ("--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check")
    subprocess.run([sys.executable, "-m", "pip", "install", *options, "--target", site, project], check=True)
    monkeypatch.syspath_prepend(str(site))
    importlib.invalidate_caches()
    monkeypatch.setattr(registry, "_scripts", dict(registry._scripts))
    yield
    sys.modules.pop("hub_greeting", None)


def test_the_documented_script_is_installed_and_answers(installed, client, acme_api, point):
    registry.load_installed()
    assert len(documented("python").splitlines()) <= 20
    values = {"recv_svcscriptcode": "greet", "opts": {"issync": True, "recv_parameters": {"word": "Moi"}}}
    assert acme_api.patch_json(f"{POINTS}/{point['id']}", values).status_code == 200
    hook = f"/hooks/{point['token_local']}"
    answer = client.post(hook, {"name": "Aino"}, content_type="application/json")
    assert (answer.status_code, answer.json()) == (200, {"greeting": "Moi, Aino!"})
    wrong = {"opts": {"recv_parameters": {"word": 1}}}
    assert acme_api.patch_json(f"{POINTS}/{point['id']}", wrong).status_code == 400
