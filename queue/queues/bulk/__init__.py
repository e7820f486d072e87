"""One act on all items that match a filter: counted beforehand, then done by a job in the background."""

from queues.acts import Act
from queues.bulk.jobs import Preview, preview, start, stop
from queues.bulk.selection import MOST_IDS, check_filter
from queues.bulk.working import has_work, work

__all__ = ["MOST_IDS", "Act", "Preview", "check_filter", "has_work", "preview", "start", "stop", "work"]
