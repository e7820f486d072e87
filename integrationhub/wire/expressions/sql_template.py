"""A piece of SQL with numbered holes for expressions."""

from __future__ import annotations

from string import Formatter
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, Func
from django.db.models.sql.compiler import SQLCompiler

from . import sqlite


class Template(Func):
    """`Template("strpos({0}, {1}) > 0", text, part, output_field=…)`; a hole may be used more than once.

    `length` (characters) and `depth` measure the SQL it grows into, before that is written.
    """

    def __init__(self, sql: str, *expressions: Any, output_field: Field[Any, Any]) -> None:
        super().__init__(*expressions, output_field=output_field, sql=sql)
        holes = [int(hole) for _, hole, _, _ in Formatter().parse(sql) if hole is not None]
        nested = [each if isinstance(each, Template) else None for each in expressions]
        self.length: int = len(sql) + sum(each.length for hole in holes if (each := nested[hole]))
        self.depth: int = 1 + max((each.depth for each in nested if each), default=0)

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *_unused: Any, **_context: Any
    ) -> tuple[str, tuple[Any, ...]]:
        holes = [compiler.compile(expression) for expression in self.get_source_expressions()]
        pieces: list[str] = []
        parameters: list[Any] = []
        for text, hole, _, _ in Formatter().parse(self.extra["sql"]):
            pieces.append(text)
            if hole is not None:
                sql, values = holes[int(hole)]
                pieces.append(sql)
                parameters.extend(values)
        return "".join(pieces), tuple(parameters)

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_context: Any
    ) -> tuple[str, tuple[Any, ...]]:
        sqlite.teach(connection)
        return self.as_sql(compiler, connection)
