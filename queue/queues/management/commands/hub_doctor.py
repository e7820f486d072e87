"""Says in a line each what is well with an installation and what is not."""

from typing import Any

from django.core.management import BaseCommand, CommandError

from queues.diagnosis import Finding, examine


class Command(BaseCommand):
    help = "Examine the installation. Ends with status 1 where something needs mending."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        troubles = 0
        for finding in examine():
            troubles += not finding.ok
            self.stdout.write(self._format(finding))
        if troubles:
            raise CommandError(f"{troubles} of these need mending.")

    def _format(self, finding: Finding) -> str:
        style = self.style.SUCCESS if finding.ok else self.style.ERROR
        return f"{style('ok     ' if finding.ok else 'TROUBLE')} {finding.check}: {finding.text}"
