"""Fuzz targets: any bytes are either read or refused with the reader's own errors. They are run by a coverage-guided
fuzzer and in CI.
"""
