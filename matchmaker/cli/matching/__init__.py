"""Matching: commands that match answers to items, and decide what is true.

In order: decisions · evaluate · join · match · suppliers · vocabulary.
"""
