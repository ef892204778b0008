"""What the service does when it hears of a payment."""

import structlog

from ..domain.payments import PaymentEvent
from ..domain.webhooks import ReceivedEvents

log = structlog.get_logger(__name__)


class PaymentEvents:
    """Each event has its effect once, however often it is sent."""

    def __init__(self, received: ReceivedEvents) -> None:
        self._received = received

    async def handle(self, event: PaymentEvent) -> None:
        """Do what follows from the event; nothing if it was received before."""
        if not await self._received.add("stripe", event.event_id):
            return
        # Where an order is marked as paid; Stripe's own list of events is long.
        match event.kind:
            case "checkout.session.completed":
                log.info("payment completed", reference=event.reference)
            case "checkout.session.expired":
                log.info("payment abandoned", reference=event.reference)
            case _:
                log.info("payment event ignored", kind=event.kind)
