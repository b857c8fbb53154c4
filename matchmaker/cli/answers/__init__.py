"""Answers: commands that ask firms, take answers in and look at them.

In order: history · identity · intake · template.
"""
