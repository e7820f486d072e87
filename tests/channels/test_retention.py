from datetime import timedelta

import pytest
from django.utils import timezone

from channels import outbox
from channels.models import IntegrationPoint, MessageLog
from integrations.models import Record
from queues import retention
from queues.models import IntegrationQueue

pytestmark = pytest.mark.django_db


def test_messages_go_when_their_days_are_over(client, point, settings):
    settings.HUB_MESSAGE_DAYS = 30
    for _ in range(3):
        client.post(f"/hooks/{point['token_local']}", b"{}", content_type="application/json")
    old, waiting, young = MessageLog.objects.order_by("id")
    before = timezone.now() - timedelta(days=31)
    MessageLog.objects.filter(pk__in=[old.pk, waiting.pk]).update(on=before)
    MessageLog.objects.filter(pk=waiting.pk).update(due_at=before)
    assert retention.prune(timezone.now())
    assert set(MessageLog.objects.all()) == {waiting, young}


def test_a_message_to_be_sent_goes_when_it_is_old_and_settled(point):
    channel, then = IntegrationPoint.objects.get(), timezone.now() - timedelta(days=31)
    for key in ("open", "settled"):
        outbox.post(channel, {}, key=key, now=then)
    IntegrationQueue.objects.filter(item_id="settled").update(state="Succeeded", due_at=None)
    outbox.post(channel, {}, key="young", now=timezone.now())
    assert retention.prune(timezone.now())
    assert set(Record.objects.values_list("item_id", flat=True)) == {"open", "young"}
