from queues.admin import engine, inbound, items, logs, numbers

__all__ = ["engine", "inbound", "items", "logs", "numbers"]
