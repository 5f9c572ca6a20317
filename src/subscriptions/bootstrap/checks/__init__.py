"""Checks of the services that an installation uses, run by `umbral doctor` and by `umbral init` after each answer. They
change nothing.
"""
