"""What the service does when it hears of a message."""

import structlog

from ..domain.messages import MessageEvent
from ..domain.webhooks import ReceivedEvents

log = structlog.get_logger(__name__)


class MessageEvents:
    """Each event has its effect once, however often it is sent."""

    def __init__(self, received: ReceivedEvents) -> None:
        self._received = received

    async def handle(self, event: MessageEvent) -> None:
        """Do what follows from the event; nothing if it was received before."""
        # A message has several events, but each status only once.
        if not await self._received.add("twilio", f"{event.message_id}:{event.status}"):
            return
        # Where somebody is told by other means, or an answer (status received) is read.
        if event.status in {"failed", "undelivered"}:
            log.warning("message not delivered", message_id=event.message_id, status=event.status)
        else:
            log.info("message status", message_id=event.message_id, status=event.status)
