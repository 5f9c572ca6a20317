"""One use case each: a class that is called."""
