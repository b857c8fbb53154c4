"""Mapping: somebody's own sheets and columns said in terms of the codebook.

In order: mapping · apply · suggest.
"""
