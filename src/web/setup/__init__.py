"""Setup page, which the web process serves until the shop has an owner."""
