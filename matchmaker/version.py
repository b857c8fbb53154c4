"""Version of the package, read by the build and by `matchmaker --version`."""

VERSION = "0.1.0"
