"""Cells: one cell as people write it, read into one value in the field's unit.

In order: dates · registrations · unit_words · quantities · values.
"""
