"""Twilio's webhook behind a proxy: the address that it signs is the one before the proxy."""

import base64
import hmac
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from ..support import EXAMPLE, running_service

HOST = "api.example.com"


@pytest.mark.parametrize(("trusted", "status"), [("127.0.0.1", 204), ("10.0.0.1", 400)])
def test_scheme_counts_as_a_trusted_proxy_says(
    environment: dict[str, str], trusted: str, status: int
) -> None:
    fields = {"MessageSid": f"SM{uuid4().hex}", "MessageStatus": "sent"}
    text = f"https://{HOST}/webhooks/twilio" + "".join(name + fields[name] for name in fields)
    digest = hmac.digest(EXAMPLE["TWILIO_WEBHOOK_SECRETS"].encode(), text.encode(), "sha1")

    variables = environment | {"TRUSTED_PROXIES": trusted, "ALLOWED_HOSTS": f"127.0.0.1,{HOST}"}
    with running_service(**variables) as (client, _):
        response = client.post(
            "/webhooks/twilio",
            content=urlencode(fields),
            headers={
                "host": HOST,
                "content-type": "application/x-www-form-urlencoded",
                "x-forwarded-proto": "https",
                "x-twilio-signature": base64.b64encode(digest).decode(),
            },
        )

    assert response.status_code == status
