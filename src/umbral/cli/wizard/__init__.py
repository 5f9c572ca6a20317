"""The conversation of `umbral init`."""
