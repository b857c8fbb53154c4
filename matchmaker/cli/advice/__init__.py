"""Advice: commands that compose chains and recommend."""
