from tests.backoffice.people import operator, superuser

__all__ = ["operator", "superuser"]
