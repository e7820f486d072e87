"""What the cluster runs for channels."""

from django.conf import settings

from channels import working
from queues import slots
from queues.tasks import stop_requested


def receive() -> int:
    """One at a time on a machine: the others would only look at the same messages."""
    with slots.free_slot(settings.DATA_DIR / "hook-slots", 1) as slot:
        return 0 if slot is None else working.work_off(stop=stop_requested)
