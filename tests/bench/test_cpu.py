import os
import subprocess
import sys

from bench import cpu

BURN = "import time\nwhile time.process_time() < 0.2: pass\nprint('burnt', flush=True)\ninput()"


def test_a_process_and_its_children_are_one_tree():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert {os.getpid(), child.pid} <= set(cpu.tree(os.getpid()))
        assert cpu.parent(child.pid) == os.getpid()
        child.communicate(b"\n")


def test_time_used_by_a_child_is_counted_while_it_lives_and_when_it_is_gone():
    before = cpu.seconds_used([os.getpid()])
    with subprocess.Popen(
        [sys.executable, "-c", BURN], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        child.stdout.readline()
        assert cpu.seconds_used([child.pid]) >= 0.1
        child.communicate(b"\n")
    assert cpu.seconds_used([os.getpid()]) - before >= 0.1


def test_a_process_that_is_gone_uses_nothing():
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    assert cpu.seconds_used([child.pid]) == 0
    assert cpu.program(child.pid) == ""


def test_a_process_holds_some_memory_and_one_that_is_gone_none():
    assert 5 < cpu.megabytes_held(os.getpid()) < 50_000
    assert cpu.megabytes_held(2**22 + 1) == 0
