from axes.apps import AppConfig as AxesConfig
from django.apps import AppConfig


class IntegrationHubConfig(AppConfig):
    name = "integrationhub"
    verbose_name = "integrationhub"

    def ready(self) -> None:
        from integrationhub import checks  # noqa: F401  (registers the system checks)


class SignInsConfig(AxesConfig):  # type: ignore[misc]
    """The app that locks out who guesses passwords, by a name that says so to staff."""

    verbose_name = "Sign-ins"
