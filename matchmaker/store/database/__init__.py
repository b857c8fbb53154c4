"""Database: `schema` has the tables, `statements` their SQL, `file` makes or opens the file."""
