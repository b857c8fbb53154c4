"""Advice: commands that compose chains and recommend.

In order: pareto_front · portfolio · questions · recommend.
"""
