"""Delivery: commands that hand results on.

In order: delivery · solve.
"""
