"""Where entities are kept: tables and repositories."""
