"""Payments by Stripe: https://docs.stripe.com/api."""

import logging
from collections.abc import Iterable

from pydantic import BaseModel, SecretStr, ValidationError
from stripe import HTTPXClient, StripeClient, StripeError, WebhookSignature

from ..domain.payments import Checkout, PaymentEvent
from ..domain.webhooks import InvalidEventError
from ..platform.settings import Settings
from .outbound import RETRIES, Outbound

TOLERANCE_SECONDS = 300

# Below this level it repeats what Stripe says of a request, which may name people.
logging.getLogger("stripe").setLevel(logging.WARNING)


class StripePayments:
    """Takes payments on Stripe's checkout page."""

    def __init__(self, settings: Settings) -> None:
        self.outbound = Outbound("Stripe", settings)
        # Half the time for one attempt, so that a second one has a chance.
        self._http = HTTPXClient(timeout=self.outbound.seconds / 2)
        self._stripe = StripeClient(
            settings.stripe_api_key.get_secret_value(),
            base_addresses={"api": settings.stripe_api_base.rstrip("/")},
            http_client=self._http,
            max_network_retries=RETRIES,
        )

    async def start(self, checkout: Checkout) -> str:
        async with self.outbound.call():
            try:
                session = await self._stripe.v1.checkout.sessions.create_async(
                    {
                        "mode": "payment",
                        "client_reference_id": checkout.reference,
                        "line_items": [
                            {
                                "quantity": 1,
                                "price_data": {
                                    "currency": checkout.currency,
                                    "unit_amount": checkout.amount,
                                    "product_data": {"name": checkout.title},
                                },
                            }
                        ],
                        "success_url": checkout.success_url,
                        "cancel_url": checkout.cancel_url,
                    },
                    {"idempotency_key": f"checkout-{checkout.reference}"},
                )
            except StripeError as error:
                reason = error.code or type(error).__name__
                raise self.outbound.failure(reason, error.http_status, error.headers) from error
            if session.url is None:
                raise self.outbound.failure("a session without an address", 200)
            return session.url

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close_async()  # type: ignore[no-untyped-call]


class _Object(BaseModel):
    client_reference_id: str | None = None


class _Data(BaseModel):
    object: _Object


class _Event(BaseModel):
    id: str
    type: str
    data: _Data


def read_event(body: bytes, signature: str, secrets: Iterable[SecretStr]) -> PaymentEvent:
    """The event in a webhook's body, whose header Stripe-Signature is `signature`.

    Raises InvalidEventError unless one of the secrets signed it in the last five minutes.
    """
    _verify(body, signature, secrets)
    try:
        event = _Event.model_validate_json(body)
    except ValidationError:
        raise InvalidEventError("not an event of Stripe") from None
    return PaymentEvent(event.id, event.type, event.data.object.client_reference_id)


def _verify(body: bytes, signature: str, secrets: Iterable[SecretStr]) -> None:
    reason = "no secret"
    for secret in secrets:
        try:
            WebhookSignature.verify_header(
                body, signature, secret.get_secret_value(), TOLERANCE_SECONDS
            )
        # What is not UTF-8 or ASCII trips the library in other ways than its own.
        except (StripeError, ValueError, TypeError) as error:
            reason = str(error)
        else:
            return
    raise InvalidEventError(reason)
