"""Twilio's webhook."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request

from ..clients.twilio import read_event
from ..domain.messages import MessageEvent
from ..platform.openapi import problems
from ..platform.settings import Settings
from ..services.messages import MessageEvents
from .webhooks import ReceivedEventsDep

router = APIRouter(prefix="/webhooks", tags=["webhooks"])


async def _event(
    request: Request, x_twilio_signature: Annotated[str, Header()] = ""
) -> MessageEvent:
    settings: Settings = request.app.state.settings
    body = await request.body()
    secrets = settings.twilio_webhook_secrets
    return read_event(str(request.url), body, x_twilio_signature, secrets)


# The signature first: who has none gets no connection of the database.
@router.post("/twilio", status_code=204, responses=problems(400))
async def twilio_event(
    event: Annotated[MessageEvent, Depends(_event)], received: ReceivedEventsDep
) -> None:
    """Take an event of Twilio; its signature is what proves it."""
    await MessageEvents(received).handle(event)
