"""Personal data: what is kept and why, and the commands about it."""
