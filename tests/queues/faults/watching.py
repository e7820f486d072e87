"""What a running hub tells of itself: /readyz and hub_doctor."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from typing import Any

from tests.hub import ROOT, Hub


def readiness(hub: Hub) -> tuple[int, dict[str, Any]]:
    """The status of /readyz and its checks; status 0 where nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{hub.port}/readyz", timeout=30) as answer:
            return answer.status, json.load(answer)["checks"]
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)["checks"]
    except OSError:
        return 0, {}


def diagnosis(hub: Hub) -> tuple[int, str]:
    """The status with which hub_doctor ends, and what it says."""
    command = [sys.executable, "manage.py", "hub_doctor"]
    done = subprocess.run(
        command, cwd=ROOT, env=hub.environment, capture_output=True, text=True, timeout=120, check=False
    )
    return done.returncode, done.stdout
