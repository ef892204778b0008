"""AWS Secrets Manager: one secret, a JSON object."""

import json
from collections.abc import Mapping

from .secret_store import SecretStoreError

KEYS: frozenset[str] = frozenset()
"""Secret variables that open it, and so can't lie in it: none, boto3 finds its credentials."""

ATTEMPTS = 3
TIMEOUT_SECONDS = 2

_NO_OBJECT = "names a secret that is not a JSON object"
# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
_REFUSALS = {
    "AccessDeniedException": "may not be read with these AWS credentials",
    "DecryptionFailure": "names a secret whose key may not be used with these AWS credentials",
    "InvalidRequestException": "names a secret that is marked for deletion, or has no value",
    "ResourceNotFoundException": "names no secret in this region and account",
}


def fetch(environment: Mapping[str, str]) -> Mapping[str, object] | None:
    """The secret of AWS_SECRET_ID; None without that. Raises SecretStoreError."""
    secret_id = environment.get("AWS_SECRET_ID")
    if secret_id is None:
        return None
    text = _read(secret_id, environment)
    try:
        secret = json.loads(text or "")
    except ValueError:
        raise SecretStoreError("AWS_SECRET_ID", _NO_OBJECT) from None
    if not isinstance(secret, dict):
        raise SecretStoreError("AWS_SECRET_ID", _NO_OBJECT)
    return secret


def _read(secret_id: str, environment: Mapping[str, str]) -> str | None:
    # Imported late: they take half a second, which development does without.
    import boto3  # noqa: PLC0415
    from botocore import exceptions  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415

    limits = Config(
        connect_timeout=TIMEOUT_SECONDS,
        read_timeout=TIMEOUT_SECONDS,
        retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
    )
    try:
        client = boto3.client(
            "secretsmanager",
            region_name=environment.get("AWS_REGION"),
            endpoint_url=environment.get("AWS_ENDPOINT_URL_SECRETS_MANAGER"),
            config=limits,
        )
        text: str | None = client.get_secret_value(SecretId=secret_id).get("SecretString")
    except exceptions.NoRegionError:
        raise SecretStoreError("AWS_REGION", "is required with AWS_SECRET_ID") from None
    except exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        problem = _REFUSALS.get(code, f"cannot be read: {code}")
        raise SecretStoreError("AWS_SECRET_ID", problem) from None
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError):
        problem = "cannot be read: there are no AWS credentials, or not all of them"
        raise SecretStoreError("AWS_SECRET_ID", problem) from None
    except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
        problem = f"cannot be read: AWS does not answer ({type(error).__name__})"
        raise SecretStoreError("AWS_SECRET_ID", problem) from None
    except (exceptions.BotoCoreError, ValueError) as error:
        problem = f"cannot be read: the AWS configuration is bad ({type(error).__name__})"
        raise SecretStoreError("AWS_SECRET_ID", problem) from None
    return text
