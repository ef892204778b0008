"""The report over many clones: each kind is told from the others, failures stay alone, and a kill costs no work."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.support.clones import Fleet, make_fleet
from tests.support.history import save
from tests.support.small import environment
from tests.support.template import ROOT

pytestmark = pytest.mark.life

COUNT = 20


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return make_fleet(tmp_path, COUNT)


def command(fleet: Fleet, *options: str) -> list[str]:
    return [sys.executable, str(ROOT / "scripts/fleet_report.py"), str(fleet.folder), *options]


def report(fleet: Fleet, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(fleet, *options), env=environment(), capture_output=True, text=True, encoding="utf-8", check=False
    )


def everything(fleet: Fleet) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in fleet.folder.rglob("*") if path.is_file()}


class Cells(HTMLParser):
    """The texts of a page's cells, and the names of its elements."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        assert not [name for name, _ in attrs if name in {"src", "href"}]

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_fleet_is_reported_and_a_kill_costs_no_work(fleet: Fleet, tmp_path: Path) -> None:
    before = everything(fleet)
    state, page, data = (tmp_path / name for name in ("state.jsonl", "fleet.html", "fleet.json"))
    begun = subprocess.Popen(
        command(fleet, "--dry-update", f"--state={state}"),
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while begun.poll() is None and (not state.exists() or len(state.read_text("utf-8").splitlines()) < 5):
            pass
    finally:
        begun.kill()
    assert begun.wait() == -signal.SIGKILL, "it ended before it could be killed"
    first = state.read_text("utf-8").splitlines()
    # The last line may be half of one.
    state.write_text("\n".join([*first, first[-1][:40]]), "utf-8")

    result = report(fleet, "--dry-update", f"--state={state}", f"--html={page}", f"--json={data}")
    assert result.returncode == 1, "errors are to be seen by who runs it"
    rows: list[dict[str, Any]] = json.loads(data.read_text("utf-8"))
    assert {row["name"]: row["state"] for row in rows} == fleet.expected
    by_name = {row["name"].rpartition("-")[0]: row for row in rows}
    assert by_name["collides"]["details"] == ["Makefile"]
    assert by_name["has-old-file"]["details"] == ["old.md"]
    assert by_name["other-value"]["details"] == ["license"]
    assert "can't be read" in by_name["torn"]["details"][0]
    assert by_name["untouched"]["version"] == "v1.0.0"
    assert by_name["untouched"]["target"] == "v2.0.0", "a release candidate is no release"
    assert by_name["untouched"]["phase"] == 0
    assert by_name["begun"]["phase"] == 1
    assert "postgresql" in by_name["has-old-file"]["capabilities"]
    assert "sqlite" in by_name["untouched"]["capabilities"]
    assert everything(fleet) == before, "a report changes nothing"

    # What was found out before the kill was not found out again.
    names = [json.loads(line)["name"] for line in state.read_text("utf-8").splitlines() if line.endswith("}")]
    again = [name for name in set(names) if names.count(name) > 1 and fleet.expected[name] != "error"]
    assert not again
    assert "20 repositories" in result.stdout

    cells = Cells()
    cells.feed(page.read_text("utf-8"))
    assert set(fleet.expected) <= set(cells.texts)
    assert "script" not in cells.names

    # A commit makes a repository be looked at again, and no other.
    project = fleet.folder / "untouched-000"
    (project / "more.md").write_text("More.\n", "utf-8")
    save(project)
    before_last = len(state.read_text("utf-8").splitlines())
    report(fleet, "--dry-update", f"--state={state}")
    last = [json.loads(line)["name"] for line in state.read_text("utf-8").splitlines()[before_last:]]
    errors = {name for name, found in fleet.expected.items() if found == "error"}
    assert set(last) == {project.name} | errors


def test_without_a_dry_update_nothing_is_tried(tmp_path: Path) -> None:
    fleet = make_fleet(tmp_path, 1)
    result = report(fleet)
    assert result.returncode == 0
    assert "1 behind" in result.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="Windows refuses such a name")
def test_a_text_of_a_repository_is_no_markup(tmp_path: Path) -> None:
    fleet = make_fleet(tmp_path, 1)
    project = fleet.folder / "untouched-000"
    project.rename(fleet.folder / "a<b>&c")
    page = tmp_path / "fleet.html"
    report(fleet, f"--html={page}")
    assert "a&lt;b&gt;&amp;c" in page.read_text("utf-8")


def test_a_folder_without_projects_is_an_error(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, str(ROOT / "scripts/fleet_report.py"), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "No repository has adopted the template." in result.stdout
