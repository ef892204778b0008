"""Stripe's webhook."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request

from ..clients.stripe import read_event
from ..domain.payments import PaymentEvent
from ..platform.openapi import problems
from ..platform.settings import Settings
from ..services.payments import PaymentEvents
from .webhooks import ReceivedEventsDep

router = APIRouter(prefix="/webhooks", tags=["webhooks"])


async def _event(request: Request, stripe_signature: Annotated[str, Header()] = "") -> PaymentEvent:
    settings: Settings = request.app.state.settings
    return read_event(await request.body(), stripe_signature, settings.stripe_webhook_secrets)


# The signature first: who has none gets no connection of the database.
@router.post("/stripe", status_code=204, responses=problems(400))
async def stripe_event(
    event: Annotated[PaymentEvent, Depends(_event)], received: ReceivedEventsDep
) -> None:
    """Take an event of Stripe; its signature is what proves it."""
    await PaymentEvents(received).handle(event)
