"""Payments: how one begins, and what is heard of it later."""

import re
from dataclasses import dataclass
from typing import Protocol

from .errors import InvalidError


@dataclass(frozen=True, slots=True)
class Checkout:
    """Something to be paid.

    `reference` is what this service calls it, an order's id for instance: a second checkout with
    the same reference is the same checkout. `amount` is in the currency's smallest unit (cents),
    `currency` its ISO 4217 code in lower case.
    """

    reference: str
    title: str
    amount: int
    currency: str
    success_url: str
    cancel_url: str

    def __post_init__(self) -> None:
        """Raises InvalidError."""
        reasons = {}
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,200}", self.reference):
            reasons["reference"] = "must have 1 to 200 letters, digits, hyphens and underscores"
        if self.amount <= 0:
            reasons["amount"] = "must be more than 0"
        if not re.fullmatch(r"[a-z]{3}", self.currency):
            reasons["currency"] = "must be an ISO 4217 code in lower case"
        if reasons:
            raise InvalidError(reasons)


@dataclass(frozen=True, slots=True)
class PaymentEvent:
    """Something that happened to a payment; `reference` is that of its checkout, if it has one."""

    event_id: str
    kind: str
    reference: str | None


class Payments(Protocol):
    """Who takes the money."""

    async def start(self, checkout: Checkout) -> str:
        """The address of the page on which it is paid. Raises ProviderError."""
