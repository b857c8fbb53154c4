"""Vocabulary: people's own words, and what unread words may mean."""
