"""The same answers give the same bytes: whatever the machine, its settings, its language and the folder's name."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import yaml

from tests.support.answers import as_answers, covering_rows
from tests.support.projects import Project, Projects


def test_another_machine_gives_the_same_bytes(projects: Projects, tmp_path: Path) -> None:
    answers = as_answers(covering_rows()[1])
    expected = projects.render(answers)
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[core]\n\tautocrlf = true\n[user]\n\tname = Someone Else\n", "utf-8")
    data = tmp_path / "answers.yml"
    data.write_text(yaml.safe_dump(answers), "utf-8")
    environment = {
        "HOME": str(home),
        "LANG": "tr_TR.UTF-8",
        "LC_ALL": "C",
        "LOGNAME": "someone",
        "PATH": os.environ["PATH"],
        "PYTHONHASHSEED": "12345",
        "PYTHONUTF8": "0",
        "TZ": "Pacific/Kiritimati",
        "USER": "someone",
        "XDG_CONFIG_HOME": str(home / "config"),
    }
    if sys.platform == "win32":
        environment["SYSTEMROOT"] = os.environ["SYSTEMROOT"]
    destination = tmp_path / "Another Folder's name"
    command = [sys.executable, "-m", "copier", "copy", "--quiet", "--defaults", "--data-file", str(data)]
    result = subprocess.run(
        [*command, str(projects.template), str(destination)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        umask=0o077 if sys.platform != "win32" else -1,
    )
    assert result.returncode == 0, result.stderr
    other = Project(destination, answers)
    assert other.contents() == expected.contents()
    assert _executables(other) == _executables(expected)


def _executables(project: Project) -> set[str]:
    return {name for name in project.files if os.access(project.path / name, os.X_OK)}
