"""Matching: commands that match answers to items, and decide what is true."""
