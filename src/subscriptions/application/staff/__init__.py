"""Staff commands: their declaration, and the runner that executes all of them."""
