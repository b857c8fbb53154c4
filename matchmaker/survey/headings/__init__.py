"""Headings: which table a sheet holds, and which field in which unit each heading names.

In order: sheet · units · read_heading · find_table · columns.
"""
