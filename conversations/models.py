"""The tables of customers' conversations with the assistant and their turns."""

import uuid

from django.conf import settings
from django.db import models


class Conversation(models.Model):
    """One customer's dialogue. `language` is that of the latest message and chooses the static answer."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conversations")
    title = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=2, default="fr")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["user", "-created_at"])]

    def __str__(self) -> str:
        # The title holds the customer's own words, and this text shows in logs and pages.
        return str(self.id)


class Turn(models.Model):
    """One message of a conversation, numbered from 1.

    An answer has `provider`, `model`, `degraded` and `request_id`; a customer's turn has only the request id.
    `complete` is false for an answer that was cut off and for a message that vendors reject. Such a turn is shown
    and never sent to a vendor again.
    """

    class Role(models.TextChoices):
        USER = "user", "user"
        ASSISTANT = "assistant", "assistant"

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="turns")
    seq = models.PositiveIntegerField()
    role = models.CharField(max_length=16, choices=Role)
    content = models.TextField()
    provider = models.CharField(max_length=64, blank=True)
    model = models.CharField(max_length=128, blank=True)
    degraded = models.BooleanField(default=False)
    complete = models.BooleanField(default=True)
    request_id = models.CharField(max_length=128, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["conversation", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="one_turn_per_conversation_and_seq")
        ]

    def __str__(self) -> str:
        return f"{self.role} #{self.seq}"
