"""Run the service: `python -m` and the package's name."""

import sys

import structlog

from .platform.logs import configure_logging
from .platform.settings import ConfigurationError, load_settings

EX_CONFIG = 78  # sysexits.h


def main() -> int:
    """Serve until a signal says stop; returns the exit code."""
    try:
        settings = load_settings()
    except ConfigurationError as error:
        configure_logging("info", sys.stderr)
        variables = [{"name": name, "problem": problem} for name, problem in error.variables]
        structlog.get_logger(__name__).error("configuration invalid", variables=variables)
        return EX_CONFIG
    configure_logging(settings.log_level)

    # Imported late: they take a second, and a bad configuration is told at once.
    from .interface.app import create_app  # noqa: PLC0415
    from .platform.server import serve  # noqa: PLC0415

    serve(create_app(settings), settings)
    return 0


if __name__ == "__main__":
    sys.exit(main())
