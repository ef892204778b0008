"""A project built as its own documents say, in an environment with nothing but what they ask for."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

from markdown_it import MarkdownIt

from tests.support.template import BUILD
from tests.support.tools import node_program

# How this machine reaches a package index is no part of a clean environment, and must be kept.
_KEPT = (
    *("SSL_", "PIP_", "UV_", "NPM_CONFIG_", "NODE_EXTRA_CA_CERTS", "CURL_CA", "REQUESTS_CA"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SYSTEMROOT"),
)


def commands_in(markdown: str, section: str) -> list[str]:
    """Return the commands of a section's fenced `sh` blocks, in order, one a line."""
    tokens = MarkdownIt("commonmark").parse(markdown)
    found: list[str] = []
    here = False
    for position, token in enumerate(tokens):
        if token.type == "heading_open":
            here = tokens[position + 1].content == section
        elif here and token.type == "fence" and token.info.strip() == "sh":
            found += [line for line in token.content.splitlines() if line.strip()]
    return found


def commands_in_table(markdown: str, section: str) -> list[str]:
    """Return the commands that stand in the first column of a section's table."""
    part = markdown.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `([^`]+)` \|", part, re.MULTILINE)


class Workshop:
    """Runs commands in a project, with a home folder of its own and a PATH that holds Python, git and make alone.

    A project with a package.json finds Node.js there, too.
    """

    def __init__(self, project: Path, home: Path, variables: Mapping[str, str]) -> None:
        self.project = project
        home.mkdir(parents=True)
        programs = home / "programs"
        programs.mkdir()
        # Not its folder: what else is installed there must not be found.
        (programs / "python3").symlink_to(sys.executable if sys.prefix == sys.base_prefix else _base_python())
        if (project / "package.json").exists():
            (programs / "node").symlink_to(node_program())
        kept = {name: value for name, value in os.environ.items() if name.upper().startswith(_KEPT)}
        self.environment = kept | {
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "PATH": os.pathsep.join([str(programs), "/usr/local/bin", "/usr/bin", "/bin"]),
            # Shared by all builds, which would otherwise fetch the same packages each time.
            "UV_CACHE_DIR": str(BUILD / "uv-cache"),
            "NPM_CONFIG_CACHE": str(BUILD / "npm-cache"),
            "PRE_COMMIT_HOME": str(BUILD / "pre-commit"),
            "UV_PYTHON_DOWNLOADS": "never",
            **variables,
        }

    def run(self, command: str) -> str:
        """Run one command as a shell would.

        Returns: what it printed.
        Raises AssertionError: it failed; the message has its last lines.
        """
        result = subprocess.run(
            ["sh", "-c", command],
            cwd=self.project,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        tail = "\n".join(result.stdout.splitlines()[-60:])
        assert result.returncode == 0, f"`{command}` ended with {result.returncode}:\n{tail}"
        return result.stdout

    @contextmanager
    def running(self, command: str, address: str, seconds: float) -> Iterator[bytes]:
        """Start a command that goes on running, wait until `address` answers 200, and stop it at the end by Ctrl-C.

        Yields: the body of the answer.
        Raises AssertionError: it did not answer in time, or ended.
        """
        log = self.project.parent / "running.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["sh", "-c", f"exec {command}"],
                cwd=self.project,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # A group of its own, as in a terminal: Ctrl-C reaches every process of it, and no other.
                start_new_session=True,
            )
        try:
            yield _answer(process, address, time.monotonic() + seconds, log)
        finally:
            for how in (signal.SIGINT, signal.SIGKILL):
                if process.poll() is None:
                    os.killpg(process.pid, how)
                    try:
                        process.wait(40)
                    except subprocess.TimeoutExpired:
                        continue

    def has(self, program: str) -> bool:
        """Say whether a program is on the workshop's PATH."""
        return shutil.which(program, path=self.environment["PATH"]) is not None


def _base_python() -> Path:
    return Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"


def _answer(process: subprocess.Popen[bytes], address: str, deadline: float, log: Path) -> bytes:
    while time.monotonic() < deadline:
        assert process.poll() is None, f"it ended with {process.returncode}:\n{log.read_text('utf-8')[-3000:]}"
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - our own loopback address
                body: bytes = answer.read()
                return body
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise AssertionError(f"{address} did not answer in time:\n{log.read_text('utf-8')[-3000:]}")
