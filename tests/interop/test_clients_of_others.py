"""OData clients that others wrote do with a running hub what clients do. `make test-interop` fetches them."""

import json
import shutil
import subprocess
import urllib.request
from pathlib import Path

import pytest

from tests.hub import running_hub, wait_until

pytestmark = pytest.mark.interop

FOLDER = Path(__file__).parent
STEPS = {"read", "filter", "page", "expand", "create", "patch", "delete", "batch"}

SEED = """
from django.utils import timezone
from integrations import credentials
from integrations.models import Client
from tests.cast import CLIENT_SCOPES, PAYMENT, make_entity
from tests.tenants import make_estate
now = timezone.now()
acme = Client.objects.create(code="acme", name="Acme")
make_estate(acme, make_entity("Payment", PAYMENT), now, mark="acme")
answer = credentials.issue("bearer", now=now, client=acme, scopes=CLIENT_SCOPES).token
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The address of a hub behind the shipped web server, and a client's token."""
    with running_hub(tmp_path_factory.mktemp("hub")) as hub:
        token = hub.ask(SEED)
        url = f"http://127.0.0.1:{hub.port}"
        hub.start_web()
        wait_until(lambda: metadata(url, token), seconds=60, what="The web server answering")
        yield url, token


def metadata(url, token):
    """`$metadata` in XML; None while nobody answers."""
    request = urllib.request.Request(  # noqa: S310  (our own web server)
        f"{url}/OData/$metadata", headers={"Authorization": f"Bearer {token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return answer.read()
    except OSError:
        return None


def run(*command):
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def described(served):
    """The file that generators read."""
    shutil.rmtree(FOLDER / "generated", ignore_errors=True)
    file = FOLDER / "generated/metadata/financekey.xml"
    file.parent.mkdir(parents=True)
    file.write_bytes(metadata(*served))
    return str(file.relative_to(FOLDER))


def passed(script, served):
    """The names of the steps that a client went through."""
    return set(json.loads(run("node", script, *served).splitlines()[-1]))


def test_a_client_that_sap_s_cloud_sdk_generates_does_everything(served, described):
    options = {described: {"directoryName": "financekey", "basePath": "/OData"}}
    (FOLDER / "generated/services.json").write_text(json.dumps(options))
    run(
        *(
            "node_modules/.bin/generate-odata-client",
            "--input",
            "generated/metadata",
            "--outputDir",
            "generated",
        ),
        *("--optionsPerService", "generated/services.json", "--transpile", "--tsconfig", "tsconfig.json"),
    )
    assert passed("cloud_sdk.cjs", served) == STEPS


def test_a_client_that_odata2ts_generates_does_all_that_it_knows(served, described):
    """Actions, but no batches."""
    run(
        *("node_modules/.bin/odata2ts", "--source", described, "--output", "generated/odata2ts"),
        *("--service-name", "financekey", "--mode", "all", "--emit-mode", "js"),
    )
    assert passed("odata2ts.cjs", served) == STEPS - {"batch"} | {"act"}


def test_a_client_that_takes_every_service_does_everything(served):
    assert passed("odata_client.cjs", served) == STEPS
