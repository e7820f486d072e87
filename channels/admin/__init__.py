from channels.admin import messages, points, types

__all__ = ["messages", "points", "types"]
