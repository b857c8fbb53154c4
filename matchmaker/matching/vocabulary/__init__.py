"""Vocabulary: people's own words, and what unread words may mean.

In order: vocabulary · import_file · propose.
"""
