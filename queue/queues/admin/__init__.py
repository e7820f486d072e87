from queues.admin import engine, items, logs

__all__ = ["engine", "items", "logs"]
