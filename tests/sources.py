"""The product's own Python files, for the tests that guard how it is written."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("integrationhub", "integrations", "queue", "channels", "demo", "bench")


def modules() -> list[Path]:
    """Every module but tests and migrations, relative to the repository."""
    return [
        path.relative_to(ROOT)
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def api_modules() -> list[Path]:
    return [path for path in modules() if "api" in path.parent.parts]


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(), filename=str(path))


def functions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """The name and the number of lines of every function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1
