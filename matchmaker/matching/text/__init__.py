"""Text: what a text says: words, meaning, classes, stated quantities.

In order: stems · classes · encoder · noun_phrases · materials · word_roles · lexicon ·
stated_quantities · stated_numbers · features · vector_cache.
"""
