"""What the compiler raises."""


class CatalogError(Exception):
    """A mistake in the catalog; the message names the file, the key and the reason."""
