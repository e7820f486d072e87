from django.apps import AppConfig


class IntegrationHubConfig(AppConfig):
    name = "integrationhub"
    verbose_name = "integrationhub"

    def ready(self) -> None:
        from integrationhub import checks  # noqa: F401  (registers the system checks)
