"""Commands that need the tables say so, instead of failing on the first one that is missing."""

from django.core.management import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def count_missing_migrations() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def require_migrations() -> None:
    """Raises CommandError, with what to do about it."""
    if missing := count_missing_migrations():
        raise CommandError(
            f"{missing} migrations are not applied to the database. Run: python manage.py migrate"
        )
