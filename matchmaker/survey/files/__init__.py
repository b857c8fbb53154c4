"""Files: found, opened by a process without rights, and turned into raw grids."""
