"""The OpenAPI document: as FastAPI makes it, with errors as what they are: problem details."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic.json_schema import models_json_schema

from .errors import MEDIA_TYPE, Problem

_SCHEMAS = "#/components/schemas/"


def _problem(description: str) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": f"{_SCHEMAS}Problem"}}}
    return {"description": description, "content": content}


ANY_PROBLEM: dict[int | str, dict[str, Any]] = {"default": _problem("Any other problem")}
"""What every operation may answer, for the `responses` of an application."""


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that an operation answers on purpose, for its `responses`."""
    return {status: _problem(HTTPStatus(status).phrase) for status in statuses}


def serve_openapi(app: FastAPI) -> None:
    """Serve the document at /openapi.json, with the schema that its problems refer to."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        _, schema = models_json_schema(
            [(Problem, "serialization")], ref_template=f"{_SCHEMAS}{{model}}"
        )
        document.setdefault("components", {}).setdefault("schemas", {}).update(schema["$defs"])
        return document

    async def document() -> JSONResponse:
        return JSONResponse(app.openapi())

    app.openapi = openapi  # type: ignore[method-assign]
    app.add_api_route("/openapi.json", document, include_in_schema=False)
