"""A forge on a loopback address: as much of Gitea's interface as update bots call, around git's own server.

Renovate and multi-gitter speak to it as they speak to any Gitea; repositories, branches and pushes are real.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.history import ENVIRONMENT, git, save

_NOW = "2026-01-05T04:00:00Z"
_USER = {"id": 1, "login": "bot", "full_name": "Bot", "email": "bot@example.com"}
_OWNER = {"id": 2, "login": "shop", "username": "shop", "email": "shop@example.com"}


class NotThereError(Exception):
    """The forge has no such thing."""


@dataclass
class Repository:
    """A repository of the forge: a bare one on the disk, and what stands around it."""

    number: int
    folder: Path
    address: str
    pulls: list[dict[str, Any]] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)
    # Pull requests that are to be merged as soon as the checks are through.
    merging: list[int] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.folder.stem

    @property
    def branches(self) -> set[str]:
        return set(git(self.folder, "branch", "--format=%(refname:short)").split())

    def text(self, revision: str, path: str) -> str:
        """Read a file of a branch.

        Raises CalledProcessError: there is no such branch or file.
        """
        return git(self.folder, "show", f"{revision}:{path}")

    def as_json(self) -> dict[str, Any]:
        allowed = dict.fromkeys(("allow_merge_commits", "allow_rebase", "allow_squash_merge"), True)
        return {
            "id": self.number,
            "name": self.name,
            "full_name": f"shop/{self.name}",
            "owner": _OWNER,
            "clone_url": f"{self.address}/shop/{self.name}.git",
            "default_branch": "main",
            "has_issues": True,
            "has_pull_requests": True,
            "permissions": {"admin": False, "pull": True, "push": True},
            **allowed,
        }

    def open_pull(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        number = len(self.pulls) + 1
        head = {
            "ref": asked["head"],
            "label": asked["head"],
            "sha": git(self.folder, "rev-parse", asked["head"]).strip(),
            "repo": self.as_json(),
        }
        pull = {
            "id": number,
            "number": number,
            "html_url": f"{self.address}/shop/{self.name}/pulls/{number}",
            "state": "open",
            "mergeable": True,
            "created_at": _NOW,
            "updated_at": _NOW,
            "user": _USER,
            "title": asked["title"],
            "body": asked.get("body", ""),
            "labels": [_LABELS[each] for each in asked.get("labels") or []],
            "base": {"ref": asked["base"], "label": asked["base"], "repo": self.as_json()},
            "head": head,
        }
        self.pulls.append(pull)
        return pull

    def open_issue(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        issue = {"number": len(self.issues) + 1, "state": "open", **asked, "labels": []}
        self.issues.append(issue)
        return issue

    def comment(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        comment = {"id": len(self.comments) + 1, **asked}
        self.comments.append(comment)
        return comment

    def contents(self, path: str) -> dict[str, Any]:
        try:
            text = self.text("main", path)
        except subprocess.CalledProcessError as error:
            raise NotThereError(path) from error
        encoded = base64.b64encode(text.encode()).decode()
        return {"type": "file", "name": Path(path).name, "path": path, "content": encoded}


_LABELS = {
    number: {"id": number, "name": name, "color": "ffffff"} for number, name in enumerate(("dependencies", "template"))
}


class Forge:
    """The repositories of the organisation `shop`, served at an address as long as it runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repositories: dict[str, Repository] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        (folder / "shop").mkdir(parents=True)

    @contextmanager
    def running(self) -> Iterator[Forge]:
        """Answer requests while the block runs."""
        thread = threading.Thread(target=self._server.serve_forever)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    def host(self, name: str, source: Path) -> Repository:
        """Take a repository with all its branches and tags."""
        folder = self.folder / "shop" / f"{name}.git"
        git(self.folder, "clone", "--quiet", "--mirror", str(source), str(folder))
        git(folder, "config", "http.receivepack", "true")
        repository = Repository(len(self.repositories) + 1, folder, self.address)
        self.repositories[name] = repository
        return repository

    def host_files(self, name: str, files: Mapping[str, str]) -> Repository:
        """Make a repository that holds these files."""
        source = self.folder / "sources" / name
        for path, text in files.items():
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            (source / path).write_text(text, "utf-8", newline="\n")
        git(source, "init", "--quiet", "--initial-branch=main")
        save(source)
        return self.host(name, source)

    def answer(self, method: str, path: str, asked: Any) -> Any:
        """Return what Gitea's interface answers.

        Raises NotThereError: there is no such thing here.
        """
        simple = {
            "version": {"version": "1.25.0"},
            "user": _USER,
            "orgs/shop": _OWNER,
            "orgs/shop/labels": [],
            "orgs/shop/repos": [each.as_json() for each in self.repositories.values()],
        }
        if path in simple:
            return simple[path]
        match = re.fullmatch(r"repos/shop/([^/]+)(?:/(.+))?", path)
        if match is None or match[1] not in self.repositories:
            raise NotThereError(path)
        return _of_repository(self.repositories[match[1]], method, match[2] or "", asked)


def _of_repository(repository: Repository, method: str, path: str, asked: Any) -> Any:
    kind, _, rest = path.partition("/")
    simple = {"": repository.as_json(), "labels": list(_LABELS.values())}
    if path in simple:
        return simple[path]
    if kind == "contents":
        return repository.contents(rest)
    if kind in {"commits", "statuses"}:
        return [] if method == "GET" else {"id": 1, "status": "pending", "created_at": _NOW, **asked}
    listed = {"pulls": repository.pulls, "issues": repository.issues}.get(kind)
    if listed is None:
        raise NotThereError(path)
    if rest:
        return _of_one(repository, listed, method, rest, asked)
    if method == "GET":
        return listed
    return repository.open_pull(asked) if kind == "pulls" else repository.open_issue(asked)


def _of_one(repository: Repository, listed: list[dict[str, Any]], method: str, path: str, asked: Any) -> Any:
    number, _, action = path.partition("/")
    if action == "comments":
        return repository.comments if method == "GET" else repository.comment(asked)
    if action == "merge":
        repository.merging.append(int(number))
    if action:
        return []
    found = next((each for each in listed if each["number"] == int(number)), None)
    if found is None:
        raise NotThereError(path)
    if method == "PATCH":
        found.update({name: value for name, value in asked.items() if name in {"title", "body", "state"}})
    return found


def _handler(forge: Forge) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            address = urlsplit(self.path)
            body = self._body()
            if not address.path.startswith("/api/v1/"):
                self._git(address.path, address.query, body)
                return
            try:
                asked = json.loads(body) if body else parse_qs(address.query)
                found = forge.answer(self.command, address.path.removeprefix("/api/v1/"), asked)
            except NotThereError:
                self._send(404, {"Content-Type": "application/json"}, b'{"message": "not found"}')
            else:
                code = 201 if self.command == "POST" else 200
                self._send(code, {"Content-Type": "application/json"}, json.dumps(found).encode())

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _answer  # noqa: N815 - names of the base class

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)

        def _git(self, path: str, query: str, body: bytes) -> None:
            variables = {
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_PROJECT_ROOT": str(forge.folder),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "CONTENT_LENGTH": str(len(body)),
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
            }
            result = subprocess.run(
                ["git", "http-backend"],
                env=os.environ | ENVIRONMENT | variables,
                input=body,
                capture_output=True,
                check=False,
            )
            head, _, answer = result.stdout.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
            self._send(int(headers.pop("Status", "200 OK").split()[0]), headers, answer)

        def _send(self, code: int, headers: Mapping[str, str], body: bytes) -> None:
            self.send_response(code)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing; a test says what went wrong."""

    return Handler
