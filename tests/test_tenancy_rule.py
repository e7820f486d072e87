"""In `api/` nothing reaches rows but through the caller's eyes: `Model.objects.visible_to(principal)`."""

import ast

import pytest

from tests.sources import api_modules, parse

MANAGERS = {"objects", "_default_manager", "_base_manager"}
HARMLESS = {"visible_to", "none"}


def blind_accesses(tree):
    """Line numbers where a manager is used for anything but `.visible_to(…)` or `.none()`."""
    seen = {
        id(node.func.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in HARMLESS
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS and id(node) not in seen
    ]


@pytest.mark.parametrize("path", api_modules(), ids=str)
def test_an_api_module_asks_for_rows_that_the_caller_may_see(path):
    assert blind_accesses(parse(path)) == []


@pytest.mark.parametrize(
    "source",
    [
        "Client.objects.all()",
        "rows = Client.objects",
        "Client.objects.filter(id=1).visible_to(principal)",
        "Client.objects.visible_to",
        "Client._default_manager.get(id=1)",
        "get_object_or_404(Client.objects, id=1)",
    ],
)
def test_the_rule_finds_a_blind_access(source):
    assert blind_accesses(ast.parse(source)) == [1]


@pytest.mark.parametrize(
    "source",
    ["Client.objects.visible_to(principal).filter(id=1)", "Client.objects.none()", "self.objects_seen(1)"],
)
def test_the_rule_lets_the_caller_s_own_rows_pass(source):
    assert blind_accesses(ast.parse(source)) == []
