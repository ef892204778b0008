"""What users wait for: a copy, an update, the first green tests."""
