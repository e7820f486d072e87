from django.apps import AppConfig
from django.db.models.signals import post_migrate


class QueueConfig(AppConfig):
    name = "queues"
    label = "queue"
    verbose_name = "Queue"

    def ready(self) -> None:
        from integrations import activation, ending, publishing, sign_ins
        from integrations.oauth import connecting, refreshing, revoking
        from queues import handlers, lookups, mending, retries, storage, suspension, ticking
        from queues.http_send import HttpSend
        from queues.inbound.handler import HttpPull
        from queues.models import IntegrationQueue

        post_migrate.connect(lookups.fill, sender=self)
        post_migrate.connect(storage.tune, sender=self)
        handlers.register("http.send", HttpSend())
        handlers.register("http.pull", HttpPull(), inbound=True)
        activation.listeners.append(suspension.follow)
        sign_ins.listeners.append(mending.follow)
        ticking.keepers += [refreshing.renew_due, revoking.give_back_due, connecting.prune]
        ticking.keepers += [ending.warn, ending.note_ended]
        publishing.action_checks.append(handlers.check_action)
        publishing.definition_checks.append(handlers.check_direction)
        publishing.backoff_checks.append(retries.check_steps)
        publishing.ledger_checks.append(
            lambda integration: IntegrationQueue.objects.filter(
                client_integration__integration=integration
            ).exists()
        )
