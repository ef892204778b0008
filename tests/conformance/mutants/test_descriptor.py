"""A descriptor with mistakes is refused with every one of them, by file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.target import DescriptorError, load_target

GOOD = """
name = "orders"
folder = "."
database = "sqlite"
sample = true
openapi = "target.toml"
[start]
command = ["orders"]
[migrate]
up = ["migrate"]
"""


def refusal(folder: Path, text: str) -> str:
    file = folder / "target.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DescriptorError) as error:
        load_target(file)
    return str(error.value)


def test_a_good_descriptor_is_read(tmp_path: Path) -> None:
    file = tmp_path / "target.toml"
    file.write_text(GOOD, encoding="utf-8")
    target = load_target(file)
    assert target.folder == tmp_path
    assert target.openapi == file
    assert target.start.command == ["orders"]


def test_every_mistake_is_named(tmp_path: Path) -> None:
    text = GOOD.replace('"sqlite"', '"mongodb"').replace('"."', '"missing"').replace("sample", "sampel")
    message = refusal(tmp_path, text)
    for part in ("target.toml: database: ", "target.toml: folder: ", "target.toml: sampel: ", "target.toml: sample: "):
        assert part in message


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('[migrate]\nup = ["migrate"]\n', "", "a table [migrate] must say"),
        ('"sqlite"', '"none"', "[migrate] makes no sense"),
        ('["orders"]', "[]", "start.command"),
        ('name = "orders"', "name =", "line 2"),
    ],
)
def test_a_mistake_is_explained(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert told in refusal(tmp_path, GOOD.replace(old, new))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DescriptorError, match="nowhere"):
        load_target(tmp_path / "nowhere.toml")
