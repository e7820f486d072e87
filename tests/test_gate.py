"""What the gate says at its end, with the programs that it runs replaced by others."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STEPS = ("bin/with-postgres", "bin/need", ".venv/bin/pytest", "programs/make")


@pytest.fixture
def start(tmp_path):
    """Starts a gate whose every step is this script; its output comes through a pipe."""

    def start(script: str) -> subprocess.Popen[str]:
        for name in STEPS:
            step = tmp_path / name
            step.parent.mkdir(parents=True, exist_ok=True)
            step.write_text(f"#!/bin/sh\n{script}\n")
            step.chmod(0o755)
        (tmp_path / ".ci").mkdir()
        shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci" / "run")
        return subprocess.Popen(
            (tmp_path / ".ci" / "run",),
            env={**os.environ, "PATH": f"{tmp_path / 'programs'}:{os.environ['PATH']}"},
            stdout=subprocess.PIPE,
            text=True,
        )

    return start


def test_a_gate_whose_steps_all_pass_says_so(start):
    gate = start("true")
    assert "=== All passed" in gate.communicate(timeout=30)[0]
    assert gate.returncode == 0


def test_a_gate_fails_with_the_step_that_fails(start):
    gate = start("exit 3")
    said = gate.communicate(timeout=30)[0]
    assert "FAILED" in said.splitlines()[-1]
    assert "with code 3: make" in said
    assert gate.returncode == 3


@pytest.mark.parametrize("signal", ["TERM", "HUP"])
def test_a_gate_that_is_ended_by_a_signal_has_failed(start, signal):
    gate = start(
        f"kill -{signal} $(cut -d' ' -f4 /proc/$PPID/stat)"
    )  # the parent of `timeout`, its own parent
    said = gate.communicate(timeout=30)[0]
    assert "=== FAILED" in said
    assert "All passed" not in said
    assert gate.returncode != 0
