"""The compiled catalog is the one that the YAML files give."""

from __future__ import annotations

from extensions.compile import COMPILED, compile_catalog, main
from extensions.jinja_json import serialize


def test_the_compiled_catalog_is_current() -> None:
    assert COMPILED.read_text("utf-8") == serialize(compile_catalog())
    assert main(["--check"]) == 0
