"""What is over: looking for it, ending it, and asking an owner where it is too many at once."""
