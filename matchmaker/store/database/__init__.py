"""Database: `schema` has the tables, `statements` their SQL, `file` makes or opens the file.

In order: schema · statements · file.
"""
