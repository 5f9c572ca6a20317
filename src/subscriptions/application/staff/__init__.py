"""Staff commands: their declaration, and the runner that carries out all of them."""
