"""Fuzz targets: any bytes are either read or refused with the reader's own errors. Run by a coverage-guided fuzzer and
in CI.
"""
