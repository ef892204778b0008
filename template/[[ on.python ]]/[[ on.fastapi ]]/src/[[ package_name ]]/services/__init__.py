"""Use cases: what the service does with the entities."""
