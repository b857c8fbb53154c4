"""Database: the file, its tables, and the SQL for one of them."""
