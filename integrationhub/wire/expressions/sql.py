"""Hand the database the clauses it answers exactly as the reference does; keep the rest for Python."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from .columns import Column, Vendor
from .errors import NotProvenError
from .translation import Translator
from .tree import Expression, conjunction, conjuncts

# SQLite's parser keeps a stack of 100 symbols, and a nested condition takes several.
MAX_SQL_DEPTH = 12
MAX_SQL_LENGTH = 50_000


@dataclass(frozen=True)
class Split:
    """Rows match that meet the condition and then the residual; None of either demands nothing."""

    condition: Q | None
    residual: Expression | None


def split(expression: Expression, columns: Mapping[str, Column], *, vendor: Vendor, now: datetime) -> Split:
    """Divide a filter between the database and Python, clause by clause.

    `columns` says where the database keeps each property; clauses on others stay in the residual. The clock
    stands at `now`: split again for another moment.
    """
    translator = Translator(columns, vendor, now)
    proven, residual = Q(), []
    for clause in conjuncts(expression):
        if condition := _translate(translator, clause):
            proven &= condition
        else:
            residual.append(clause)
    return Split(proven or None, conjunction(tuple(residual)))


def _translate(translator: Translator, clause: Expression) -> Q | None:
    try:
        condition = translator.condition(clause, exact=False)
    except NotProvenError:
        return None
    fits = condition.depth <= MAX_SQL_DEPTH and condition.length <= MAX_SQL_LENGTH
    return Q(condition) if fits else None
