"""Headings: which table a sheet holds, and which field in which unit each heading names.

In order: `sheet` is what comes out, `units` reads the units of a heading, `heading` the whole of
it, `recognise` finds the table of a sheet, `columns` its header and its columns.
"""
