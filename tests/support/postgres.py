"""A PostgreSQL cluster for tests: made in a temporary directory, stopped and started at will.

    with Cluster.create() as cluster:
        cluster.create_database("orders")
        url = cluster.url("orders")        # what a service gets as DATABASE_URL
        cluster.restart()                  # what its pool must survive

Needs the server's own programs (initdb, pg_ctl), no running server and no Docker. Works as an
ordinary user, and as root, where it runs the programs as user "postgres" because they refuse root.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from .ports import LOOPBACK, free_port

SUPERUSER = "postgres"
APP_USER = "app"
INSTALL_HINT = (
    "no PostgreSQL server programs (initdb, pg_ctl) in PATH or /usr/lib/postgresql/*/bin: install them "
    "(Debian, Ubuntu: apt-get install postgresql; macOS: brew install postgresql; Windows: winget install "
    "PostgreSQL.PostgreSQL and add its bin folder to PATH)"
)
# Data that a test throws away needs no protection from a power cut.
_SERVER_OPTIONS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "100",
}


class PostgresMissingError(RuntimeError):
    """The server's programs are not on this machine; the message says what to install."""


def find_binaries() -> Path:
    """Return the folder that holds initdb and pg_ctl: PATH first, then Debian's newest version.

    Raises:
        PostgresMissingError: there is none.
    """
    on_path = shutil.which("initdb")
    if on_path is not None:
        folder = Path(on_path).resolve().parent
        if shutil.which("pg_ctl", path=str(folder)):
            return folder
    by_version = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version_of, reverse=True)
    if not by_version:
        raise PostgresMissingError(INSTALL_HINT)
    return by_version[0].parent


def _version_of(initdb: Path) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", initdb.parent.parent.name))


class Cluster:
    """One PostgreSQL server with its data directory, on a free loopback port.

    The superuser is for the tests; services get the role `app`, which owns the databases that
    `create_database` makes. Both log in by password, over TCP only.
    """

    def __init__(self, binaries: Path, home: Path, port: int, run_as: str | None) -> None:
        self.port = port
        self.password = secrets.token_hex(16)
        self._superuser_password = secrets.token_hex(16)
        self._binaries = binaries
        self._home = home
        self._data = home / "data"
        self._run_as = run_as

    @classmethod
    @contextmanager
    def create(cls) -> Iterator[Self]:
        """Make a cluster, start it, and at the end stop it and remove its files.

        Raises:
            PostgresMissingError: the server's programs are not on this machine.
            RuntimeError: a program failed; the message has its output.
        """
        binaries = find_binaries()
        # Not pytest's own temporary folder: that one is closed to other users, "postgres" included.
        home = Path(tempfile.mkdtemp(prefix="conformance-postgres-"))
        run_as = "postgres" if sys.platform != "win32" and os.geteuid() == 0 else None
        try:
            if run_as is not None:
                shutil.chown(home, run_as)
            cluster = cls(binaries, home, free_port(), run_as)
            cluster._initialise()
            try:
                cluster.start()
                cluster._create_app_user()
                yield cluster
            finally:
                cluster.stop(mode="immediate")
        finally:
            shutil.rmtree(home, ignore_errors=True)

    def start(self) -> None:
        """Start the server and return when it accepts connections; does nothing if it runs."""
        if self.running():
            return
        settings = {"port": str(self.port), **_SERVER_OPTIONS}
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        self._run("pg_ctl", "start", "--wait", "--log", str(self._home / "log"), "--options", options)

    def stop(self, mode: Literal["smart", "fast", "immediate"] = "fast") -> None:
        """Stop the server and return when it is gone; does nothing if it does not run.

        Args:
            mode: "smart" waits for clients, "fast" ends their sessions, "immediate" is a crash.
        """
        if self.running():
            self._run("pg_ctl", "stop", "--wait", "--mode", mode)

    def restart(self) -> None:
        """End every session and start again on the same port with the same data."""
        self.stop()
        self.start()

    def running(self) -> bool:
        """Return whether the server process lives."""
        command = [str(self._binaries / "pg_ctl"), "status", "--pgdata", str(self._data)]
        return self._call(command).returncode == 0

    def create_database(self, name: str, template: str | None = None) -> None:
        """Create a database that the role `app` owns, empty or as a copy of `template`."""
        statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(APP_USER), sql.Identifier(template or "template0")
        )
        with self.connect() as connection:
            connection.execute(statement)

    def url(self, database: str) -> str:
        """Return the URL, password included, under which the role `app` reaches a database."""
        return f"postgresql://{APP_USER}:{quote(self.password)}@{LOOPBACK}:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Open a connection of the superuser, in autocommit mode; the caller closes it."""
        return psycopg.connect(
            host=LOOPBACK,
            port=self.port,
            dbname=database,
            user=SUPERUSER,
            password=self._superuser_password,
            application_name="conformance",
            autocommit=True,
        )

    def _initialise(self) -> None:
        password_file = self._home / "password"
        password_file.write_text(self._superuser_password, encoding="ascii")
        if self._run_as is not None:
            shutil.chown(password_file, self._run_as)
        self._run(
            "initdb",
            "--no-sync",
            "--encoding=UTF8",
            "--locale=C",
            "--auth=scram-sha-256",
            f"--username={SUPERUSER}",
            f"--pwfile={password_file}",
        )
        password_file.unlink()

    def _create_app_user(self) -> None:
        statement = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
            sql.Identifier(APP_USER), sql.Literal(self.password)
        )
        with self.connect() as connection:
            connection.execute(statement)

    def _run(self, program: str, *arguments: str) -> None:
        # pg_ctl's server inherits the output, so a pipe would stay open for as long as it runs.
        output = self._home / f"{program}.out"
        command = [str(self._binaries / program), "--pgdata", str(self._data), *arguments]
        result = self._call(command, output)
        if result.returncode != 0:
            log = self._home / "log"
            details = [file.read_text(encoding="utf-8", errors="replace") for file in (output, log) if file.exists()]
            message = f"{program} ended with {result.returncode}:\n" + "\n".join(details)
            raise RuntimeError(message)

    def _call(self, command: list[str], output: Path | None = None) -> subprocess.CompletedProcess[bytes]:
        with (output or Path(os.devnull)).open("wb") as sink:
            return subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                cwd=self._home,
                user=self._run_as,
                group=self._run_as,
                extra_groups=[] if self._run_as else None,
                check=False,
            )
