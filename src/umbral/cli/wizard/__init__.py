"""Wizard of `umbral init`, which asks the operator for the settings of a new installation."""
