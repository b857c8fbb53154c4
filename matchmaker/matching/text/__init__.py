"""Text: what a text says: words, meaning, classes, stated quantities."""
