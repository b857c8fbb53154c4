"""Files: found, opened by a process without rights, and turned into raw grids.

In order: archives · delimited · workbooks · open · mark_workbook · parser_process · sandbox.
"""
