"""What is on offer: plans, their prices by method, methods, what public pages show of it."""
