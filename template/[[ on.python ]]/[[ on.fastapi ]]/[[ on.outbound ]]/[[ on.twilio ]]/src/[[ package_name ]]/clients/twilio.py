"""Text messages by Twilio: https://www.twilio.com/docs/messaging/api."""

import base64
import hmac
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlsplit

import httpx2
import stamina
from pydantic import BaseModel, SecretStr, ValidationError

from ..domain.messages import MessageEvent, TextMessage
from ..domain.webhooks import InvalidEventError
from ..platform.settings import Settings
from .outbound import RETRIES, Outbound, retry_after

MAX_FIELDS = 200


class _Message(BaseModel):
    sid: str


class TwilioMessages:
    """Sends messages from the number TWILIO_SENDER."""

    def __init__(self, settings: Settings) -> None:
        self.outbound = Outbound("Twilio", settings)
        account = settings.twilio_account_sid
        self._path = f"/2010-04-01/Accounts/{account}/Messages.json"
        self._sender = settings.twilio_sender
        self._http = httpx2.AsyncClient(
            base_url=settings.twilio_api_base,
            auth=(account, settings.twilio_auth_token.get_secret_value()),
            timeout=self.outbound.seconds,
        )

    async def send(self, message: TextMessage) -> str:
        fields = {"To": message.to, "From": self._sender, "Body": message.text}
        async with self.outbound.call():
            try:
                response = await _repeating(self._post, fields)
                return _Message.model_validate_json(response.content).sid
            except httpx2.HTTPStatusError as error:
                answer = error.response
                raise self.outbound.failure(
                    "not sent", answer.status_code, answer.headers
                ) from error
            except httpx2.TransportError as error:
                raise self.outbound.failure(type(error).__name__) from error
            except ValidationError as error:
                raise self.outbound.failure("an answer of another structure", 200) from error

    async def _post(self, fields: dict[str, str]) -> httpx2.Response:
        return (await self._http.post(self._path, data=fields)).raise_for_status()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def _was_not_taken(error: Exception) -> bool | float:
    # Anything else may have been sent already, and a repetition is a second message.
    if isinstance(error, httpx2.HTTPStatusError):
        limited = error.response.status_code == httpx2.codes.TOO_MANY_REQUESTS
        return limited and (retry_after(error.response.headers) or True)
    return isinstance(error, (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout))


_repeating = stamina.AsyncRetryingCaller(
    attempts=1 + RETRIES, timeout=None, wait_initial=0.5, wait_jitter=0.5
).on(_was_not_taken)


def read_event(url: str, body: bytes, signature: str, secrets: Iterable[SecretStr]) -> MessageEvent:
    """The event in a webhook's form, whose header X-Twilio-Signature is `signature`.

    `url` is the address as Twilio called it. Raises InvalidEventError unless one of the secrets
    signed both: https://www.twilio.com/docs/usage/webhooks/webhooks-security
    """
    try:
        fields = parse_qsl(
            body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
        )
    except ValueError:
        raise InvalidEventError("the body is not a form") from None
    # Twilio leaves the port out of some addresses that have one.
    parts = urlsplit(url)
    portless = parts._replace(netloc=parts.netloc.removesuffix(f":{parts.port}")).geturl()
    good = {sign(secret, address, fields) for secret in secrets for address in (url, portless)}
    if not any(hmac.compare_digest(one, signature.encode()) for one in good):
        raise InvalidEventError("the signature is of another request or secret")
    named = dict(fields)
    try:
        return MessageEvent(named["MessageSid"], named.get("MessageStatus") or named["SmsStatus"])
    except KeyError:
        raise InvalidEventError("not an event of a message") from None


def sign(secret: SecretStr, url: str, fields: Iterable[tuple[str, str]]) -> bytes:
    """What X-Twilio-Signature holds for a form that is posted to `url`."""
    text = url + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.digest(secret.get_secret_value().encode(), text.encode(), "sha1"))
