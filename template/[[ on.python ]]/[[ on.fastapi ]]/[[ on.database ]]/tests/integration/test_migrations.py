"""The migrations: they go up, are repeatable, match the tables, and go down again."""

from ..database import temporary_database
from ..schema import migrate


def test_migrations_go_up_match_the_tables_and_go_down() -> None:
    with temporary_database() as url:
        migrate(url, "upgrade heads", "upgrade heads", "check", "downgrade base", "upgrade heads")
