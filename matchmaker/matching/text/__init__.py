"""Text: what a text says: words, meaning, classes, stated quantities.

In order: stems · classes · encoder · lexicon · stated_quantities · features · vector_cache.
"""
