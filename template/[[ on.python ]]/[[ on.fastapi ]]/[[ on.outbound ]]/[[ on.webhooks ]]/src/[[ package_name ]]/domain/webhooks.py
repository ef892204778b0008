"""Events that others send us: whether they are genuine, and whether they are new."""

from typing import Protocol

from .errors import DomainError


class InvalidEventError(DomainError):
    """An event that is not to be believed; the message is for the log."""


class ReceivedEvents(Protocol):
    """Which events were received before."""

    async def add(self, source: str, event_id: str) -> bool:
        """Remember an event; False if it was there.

        It is forgotten again when what follows from it fails, so that it can be sent once more.
        """
