"""Point 9: the OpenAPI document is valid, is the repository's, and is true."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from . import promises
from .contract import USERS
from .fleet import Fleet
from .service import Service
from .target import Target

# A trace of any operation is known to the HTTP server only.
METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")


@pytest.fixture(scope="session")
def document(fleet: Fleet) -> dict[str, Any]:
    """The document that the service serves."""
    response = fleet.shared().http.get("/openapi.json")
    assert response.status_code == 200
    assert promises.media_type(response) in {"application/json", "application/vnd.oai.openapi+json"}
    served: dict[str, Any] = response.json()
    return served


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(document).validate()


def test_the_document_is_the_one_in_the_repository(document: dict[str, Any], target: Target) -> None:
    assert document == json.loads(target.openapi.read_text(encoding="utf-8"))


def test_every_operation_documents_its_problems(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method not in item:
                continue
            errors = {
                status: response for status, response in item[method]["responses"].items() if status[0] not in "123"
            }
            assert errors, f"{method} {path} documents no error"
            for status, response in errors.items():
                content = _resolved(document, response).get("content", {})
                assert list(content) == ["application/problem+json"], f"{method} {path} {status}: {list(content)}"


def _resolved(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        target: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


@pytest.mark.needs(sample=True)
def test_the_sample_is_documented(document: dict[str, Any]) -> None:
    assert {"get", "post"} <= document["paths"][USERS].keys()
    (one,) = (item for path, item in document["paths"].items() if path.startswith(f"{USERS}/"))
    assert {"get", "patch", "delete"} <= one.keys()


def test_generated_requests_find_no_crash_and_nothing_undocumented(service: Service, tmp_path: Path) -> None:
    """Valid and invalid data, every documented operation and the methods that aren't, in sequences, too."""
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIGURATION)),
        *("run", f"{service.url}/openapi.json"),
        *("--checks", "all"),
        *("--max-examples", "25"),
        # The same requests every time: whoever changed nothing doesn't see another result.
        "--generation-deterministic",
        # Text in PostgreSQL has no NUL, and few documents say so; test_errors.py sends it.
        *("--generation-allow-x00", "false"),
        *("--request-timeout", "10"),
        *(part for name, value in service.credentials.items() for part in ("--header", f"{name}: {value}")),
        "--no-color",
    ]
    before = len(service.logs())
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False)
    assert run.returncode == 0, f"{run.stdout}\n{run.stderr}"
    crashes = [line for line in service.logs()[before:] if line["level"] in {"error", "critical"}]
    assert crashes == []
