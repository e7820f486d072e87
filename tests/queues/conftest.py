from tests.queues.engine import activation, export, script, time

__all__ = ["activation", "export", "script", "time"]
