"""The databases behind the target: made, migrated, locked and broken from outside."""

from __future__ import annotations

import itertools
import shutil
import sqlite3
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, Literal

import psycopg
from psycopg import sql

from tests.support.postgres import Cluster

from .service import environment
from .target import Target


class Database(ABC):
    """One database that a service gets as its DATABASE_URL."""

    @property
    @abstractmethod
    def url(self) -> str:
        """The URL, with its password if it has one."""

    @abstractmethod
    def locked(self) -> AbstractContextManager[None]:
        """Hold locks that make every write wait until the block ends."""

    @abstractmethod
    def broken(self) -> AbstractContextManager[None]:
        """Take every table away until the block ends: a fault that no service foresees."""

    @abstractmethod
    def schema(self) -> list[tuple[Any, ...]]:
        """Return tables and columns, comparable, without the migration tool's own bookkeeping."""


class Backend(ABC):
    """Where databases come from."""

    @abstractmethod
    def migrated(self) -> Database:
        """Make a database whose schema is at head."""


def migrate(target: Target, database: Database, direction: Literal["up", "down"] = "up") -> None:
    """Run the target's own migration command on a database.

    Raises:
        AssertionError: it ended with another code than 0; the message has its output.
    """
    assert target.migrate is not None
    command = target.migrate.up if direction == "up" else target.migrate.down
    assert command is not None
    result = subprocess.run(
        command,
        cwd=target.folder,
        env=environment(target, database, port=8000, metrics_port=9464),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    assert result.returncode == 0, f"{command} ended with {result.returncode}:\n{result.stdout}\n{result.stderr}"


# Tables in which a migration tool keeps its own account may stay when the schema is taken down.
BOOKKEEPING = frozenset(
    {
        "alembic_version",
        "flyway_schema_history",
        "databasechangelog",
        "databasechangeloglock",
        "schema_migrations",
        "ar_internal_metadata",
        "goose_db_version",
        "_sqlx_migrations",
        "_prisma_migrations",
        "__drizzle_migrations",
        "kysely_migration",
        "kysely_migration_lock",
    }
)


class SqliteDatabase(Database):
    """A SQLite file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    @property
    def url(self) -> str:
        """The URL: three slashes, then the absolute path."""
        return f"sqlite:///{self.file.as_posix()}"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the write lock."""
        with closing(self._connect()) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            yield
            connection.execute("ROLLBACK")

    @contextmanager
    def broken(self) -> Iterator[None]:
        """Rename every table, and back at the end."""
        names = [name for name, *_ in self._tables()]
        self._rename({name: f"{name}_gone" for name in names})
        try:
            yield
        finally:
            self._rename({f"{name}_gone": name for name in names})

    def schema(self) -> list[tuple[Any, ...]]:
        """Return every table's columns, then its indexes."""
        queries = (
            'SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info(?)',
            'SELECT name, "unique", origin FROM pragma_index_list(?)',
        )
        with closing(self._connect()) as connection:
            return [
                (table, *row)
                for query in queries
                for (table,) in self._tables()
                for row in sorted(connection.execute(query, (table,)), key=repr)
            ]

    def _tables(self) -> list[tuple[str]]:
        with closing(self._connect()) as connection:
            rows = connection.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
            ).fetchall()
        return [row for row in rows if row[0].lower() not in BOOKKEEPING]

    def _rename(self, names: dict[str, str]) -> None:
        with closing(self._connect()) as connection:
            for old, new in names.items():
                connection.execute(f'ALTER TABLE "{old}" RENAME TO "{new}"')

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.file, timeout=10, isolation_level=None)


class SqliteBackend(Backend):
    """SQLite files in one folder; the migrations run once, and their result is copied."""

    def __init__(self, target: Target, folder: Path) -> None:
        self._target = target
        self._folder = folder
        self._numbers = itertools.count()
        self._head: Path | None = None

    def _empty(self) -> SqliteDatabase:
        """Name a file that is not there yet."""
        return SqliteDatabase(self._folder / f"db-{next(self._numbers)}.sqlite")

    def migrated(self) -> SqliteDatabase:
        """Copy the migrated file."""
        if self._head is None:
            made = self._empty()
            migrate(self._target, made)
            self._head = made.file
        database = self._empty()
        shutil.copyfile(self._head, database.file)
        return database


class PostgresDatabase(Database):
    """A database of a cluster that the tests own."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.cluster = cluster
        self.name = name

    @property
    def url(self) -> str:
        """The URL, with the password."""
        return self.cluster.url(self.name)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock every table against any use."""
        with self.connect() as connection, connection.transaction():
            for table in self._tables(connection):
                connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(sql.Identifier(table)))
            yield

    @contextmanager
    def broken(self) -> Iterator[None]:
        """Rename every table, and back at the end."""
        with self.connect() as connection:
            tables = self._tables(connection)
        self._rename({table: f"{table}_gone" for table in tables})
        try:
            yield
        finally:
            self._rename({f"{table}_gone": table for table in tables})

    def schema(self) -> list[tuple[Any, ...]]:
        """Return every table's columns, then its indexes."""
        queries = (
            (
                "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default"
                " FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"
            ),
            "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2",
        )
        with self.connect() as connection:
            rows = [row for query in queries for row in connection.execute(sql.SQL(query))]
        return [row for row in rows if row[0].lower() not in BOOKKEEPING]

    def sessions(self) -> int:
        """Return how many connections the role of the service holds to this database now."""
        with self.cluster.connect() as connection:
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND usename <> current_user", (self.name,)
            ).fetchone()
        assert row is not None
        return int(row[0])

    def connect(self) -> psycopg.Connection:
        """Open a connection of the superuser; the caller closes it."""
        return self.cluster.connect(self.name)

    @staticmethod
    def _tables(connection: psycopg.Connection) -> list[str]:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
        return [name for (name,) in rows if name.lower() not in BOOKKEEPING]

    def _rename(self, names: dict[str, str]) -> None:
        with self.connect() as connection:
            for old, new in names.items():
                connection.execute(
                    sql.SQL("ALTER TABLE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new))
                )


class PostgresBackend(Backend):
    """Databases of one cluster; the migrations run once, and their result is the template of the others."""

    def __init__(self, target: Target, cluster: Cluster) -> None:
        self._target = target
        self._cluster = cluster
        self._numbers = itertools.count()
        self._head: str | None = None

    def _empty(self) -> PostgresDatabase:
        """Create an empty database."""
        return self._create(None)

    def migrated(self) -> PostgresDatabase:
        """Copy the migrated database."""
        if self._head is None:
            made = self._empty()
            migrate(self._target, made)
            self._head = made.name
        return self._create(self._head)

    def _create(self, template: str | None) -> PostgresDatabase:
        name = f"conformance_{next(self._numbers)}"
        self._cluster.create_database(name, template)
        return PostgresDatabase(self._cluster, name)
