"""Where an issuer publishes its keys: OpenID Connect Discovery 1.0."""

from urllib.parse import urlsplit

from .jwks import fetch_json


async def discovered_keys_url(issuer: str) -> str:
    """The address of the issuer's keys, as its own document says.

    Raises httpx2.HTTPError, and ValueError if the document is not one to trust.
    """
    document = await fetch_json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if document.get("issuer") != issuer:
        raise ValueError("the discovery document is of another issuer")
    url = str(document.get("jwks_uri"))
    if urlsplit(url).scheme not in {"https", urlsplit(issuer).scheme}:
        raise ValueError("the discovery document sends to an address that is not https")
    return url
