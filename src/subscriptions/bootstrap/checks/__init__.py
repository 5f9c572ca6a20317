"""Checks of the external services that an installation uses. `umbral doctor` runs all of them, and `umbral init` runs
the relevant check after each answer. The checks change nothing.
"""
