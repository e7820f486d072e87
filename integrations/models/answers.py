from django.db import models

from integrations.encryption import EncryptedTextField


class KeptAnswer(models.Model):
    """What a caller was answered to a request with an Idempotency-Key; `status` is empty while it is at work.

    Whoever works on the request holds the claim `claim_no`: one that was cut off is claimed anew, with the
    next number, and what still comes of the old claim is undone. The answer may hold a new secret, so it is
    encrypted.
    """

    caller = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of what was asked.")
    claim_no = models.PositiveIntegerField(default=1)
    claimed_on = models.DateTimeField(db_index=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    headers = models.JSONField(default=dict)
    body = EncryptedTextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="answer_once")]

    def __str__(self) -> str:
        return self.key
