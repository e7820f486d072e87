"""Budgets that keep the code readable: none of them may be raised to let a change through."""

import ast
from statistics import median, quantiles

from tests.sources import ROOT, api_modules, functions, modules, parse

FUNCTION_LINES = 60
MODULE_LINES = 450
DIALECT_LINES = 150
NAMES_THAT_SAY_NOTHING = {"common.py", "helpers.py", "misc.py", "services.py", "utils.py"}


def lines_of(path):
    return len((ROOT / path).read_text().splitlines())


def sizes_of_all_functions():
    return [size for path in modules() for _, size in functions(parse(path))]


def test_the_modules_under_guard_are_found():
    found = {str(path) for path in modules()}
    assert {"integrationhub/settings.py", "queue/queues/states.py", "integrations/apps.py"} <= found


def test_a_function_is_measured_with_its_whole_body():
    source = "class A:\n    def one(self):\n        return 1\n\nasync def two():\n    x = 1\n    return x\n"
    assert dict(functions(ast.parse(source))) == {"one": 2, "two": 3}


def test_no_function_is_too_long():
    too_long = [
        f"{path}:{name} has {size} lines"
        for path in modules()
        for name, size in functions(parse(path))
        if size > FUNCTION_LINES
    ]
    assert too_long == []


def test_most_functions_fit_at_a_glance():
    sizes = sizes_of_all_functions()
    assert median(sizes) <= 8
    assert quantiles(sizes, n=20)[-1] <= 40


def test_no_module_is_too_long():
    assert [str(path) for path in modules() if lines_of(path) > MODULE_LINES] == []


def test_a_dialect_is_serializers_and_thin_views():
    assert [str(path) for path in api_modules() if lines_of(path) > DIALECT_LINES] == []


def test_a_module_is_named_for_its_concept():
    assert [str(path) for path in modules() if path.name in NAMES_THAT_SAY_NOTHING] == []
