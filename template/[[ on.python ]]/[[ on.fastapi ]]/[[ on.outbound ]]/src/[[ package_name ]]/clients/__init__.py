"""Third parties: what the domain asks of them, over their APIs."""
