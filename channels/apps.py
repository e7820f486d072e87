from django.apps import AppConfig


class IntegrationChannelsConfig(AppConfig):
    name = "channels"
    label = "channels"
    verbose_name = "Channels"

    def ready(self) -> None:
        from channels import notices, reindexing, retention, waking
        from channels.scripts import registry, shipped
        from channels.send_action import ChannelSend
        from integrations import reencryption
        from integrations.oauth import attention
        from queues import handlers, ticking
        from queues import retention as sweeps

        shipped.register_all()
        registry.load_installed()
        handlers.register("channel.send", ChannelSend())
        ticking.keepers.append(waking.wake_for_waiting)
        sweeps.kinds += retention.KINDS
        reencryption.followers.append(reindexing.reindex)
        attention.listeners.append(notices.tell_staff)
