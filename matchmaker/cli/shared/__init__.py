"""Shared: options, output and kept matches that several commands have in common.

In order: options · output.
"""
