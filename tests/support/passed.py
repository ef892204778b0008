"""What has passed before, so that programs that take long judge the same bytes only once.

A record is a file below build/ that is named by everything the verdict depends on: the bytes that were judged, the
versions of the programs, and the tests' own code. Remove build/passed to judge everything anew.
"""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from pathlib import Path

from tests.support.template import BUILD, ROOT

_FOLDER = BUILD / "passed"


@cache
def _judges() -> bytes:
    """Hash what judges: the locked programs, and the tests that call them."""
    result = hashlib.sha256(platform.platform().encode())
    for path in (ROOT / "requirements.lock", *sorted((ROOT / "tests").rglob("*.py")), *(ROOT / "tests/data").iterdir()):
        if path.is_file():
            result.update(path.read_bytes())
    for manifest in sorted((ROOT / "extensions/catalog/pins").rglob("*")):
        if manifest.is_file():
            result.update(manifest.read_bytes())
    return result.digest()


def _record(check: str, digest: str) -> Path:
    name = hashlib.sha256(b"\0".join((check.encode(), digest.encode(), _judges()))).hexdigest()
    return _FOLDER / check / name


def has_passed(check: str, digest: str) -> bool:
    """Say whether these bytes passed this check before, under the same judges."""
    return _record(check, digest).exists()


def remember(check: str, digest: str) -> None:
    """Note that these bytes passed this check."""
    record = _record(check, digest)
    record.parent.mkdir(parents=True, exist_ok=True)
    record.touch()
