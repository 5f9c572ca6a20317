"""What commands share at the terminal, those of features too: opening the database, lists, progress, options."""
