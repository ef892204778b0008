"""What every service of the template has: settings, logs, errors, limits, health, shutdown."""
