"""HTTP: routes, what comes in and goes out, and the wiring."""
