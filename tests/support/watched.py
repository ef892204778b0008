"""Run a rendering in a process of its own, and see every file that it opens and every program that it starts.

`python -m tests.support.watched TEMPLATE DESTINATION` takes answers as JSON on its input, and prints JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.answers import Answers
from tests.support.template import ROOT

# Events of Python that name a path which changes; the positions of the paths in their arguments.
_CHANGES = {
    "os.chmod": (0,),
    "os.chown": (0,),
    "os.link": (0, 1),
    "os.mkdir": (0,),
    "os.remove": (0,),
    "os.rename": (0, 1),
    "os.rmdir": (0,),
    "os.symlink": (1,),
    "os.truncate": (0,),
    "os.utime": (0,),
    "shutil.rmtree": (0,),
}
# Of these the last link counts, and not where it leads.
_OF_THE_LINK = frozenset({"os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "shutil.rmtree"})
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


@dataclass(frozen=True)
class Seen:
    """What a rendering touched, with links resolved, and how it ended."""

    read: frozenset[Path]
    written: frozenset[Path]
    programs: frozenset[str]
    connected: tuple[str, ...]
    refusal: str


def watch(template: Path, destination: Path, answers: Answers, temporary: Path) -> Seen:
    """Render, with `temporary` as the folder for temporary files and as home."""
    kept = {
        name: value for name, value in os.environ.items() if name in {"PATH", "SYSTEMROOT", "COVERAGE_PROCESS_START"}
    }
    home = {"HOME": str(temporary), "USERPROFILE": str(temporary), "PYTHONDONTWRITEBYTECODE": "1"}
    folders = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
    result = subprocess.run(
        [sys.executable, "-m", "tests.support.watched", str(template), str(destination)],
        # Python names no folder for what is removed by a descriptor, as `rmtree` does; that it was called counts.
        cwd=temporary,
        env=kept | home | folders | {"PYTHONPATH": str(ROOT)},
        input=json.dumps(answers),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    return Seen(
        read=frozenset(map(Path, found["read"])),
        written=frozenset(map(Path, found["written"])),
        programs=frozenset(found["programs"]),
        connected=tuple(found["connected"]),
        refusal=found["refusal"],
    )


class _Watcher:
    """Python's audit hook: it can't be taken out again, hence the process of its own."""

    def __init__(self) -> None:
        self.found: dict[str, list[str]] = {"read": [], "written": [], "programs": [], "connected": []}

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and not isinstance(arguments[0], int):
            self._note("written" if arguments[2] & _WRITING else "read", arguments[0])
        elif event in _CHANGES:
            for position in _CHANGES[event]:
                self._note("written", arguments[position], follow=event not in _OF_THE_LINK)
        elif event in {"os.listdir", "os.scandir"}:
            self._note("read", arguments[0])
        elif event == "subprocess.Popen":
            self.found["programs"].append(os.path.basename(os.fsdecode(arguments[0])).removesuffix(".exe"))  # noqa: PTH119
        elif event == "socket.connect":
            self.found["connected"].append(str(arguments[1]))

    def _note(self, kind: str, path: Any, *, follow: bool = True) -> None:
        if isinstance(path, str | bytes | os.PathLike):
            name = os.path.abspath(os.fsdecode(path))  # noqa: PTH100
            parent, last = os.path.split(name)
            real = os.path.realpath(name) if follow else str(Path(os.path.realpath(parent), last))
            self.found[kind].append(real)


def _main() -> None:
    import copier  # noqa: PLC0415 - what its import reads is no part of a rendering

    answers = json.load(sys.stdin)
    watcher = _Watcher()
    sys.addaudithook(watcher)
    refusal = ""
    try:
        copier.run_copy(
            sys.argv[1],
            sys.argv[2],
            data=answers,
            defaults=True,
            overwrite=True,
            quiet=True,
            settings=copier.Settings(),
        )
    except Exception as error:  # noqa: BLE001 - the test judges it
        refusal = f"{type(error).__name__}: {error}"
    print(json.dumps({**watcher.found, "refusal": refusal}))


if __name__ == "__main__":
    _main()
