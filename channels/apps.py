from django.apps import AppConfig


class IntegrationChannelsConfig(AppConfig):
    name = "channels"
    label = "channels"
    verbose_name = "Channels"
