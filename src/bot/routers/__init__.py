"""The chat's routers by area. Each dispatcher gets new ones."""
