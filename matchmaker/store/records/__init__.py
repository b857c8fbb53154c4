"""Records: what is noted beside the answers.

`editions` and `findings` come with a file, `default_values` with its rows; `decisions`
and `merges` from people; `vectors` from matching.

In order: decisions · default_values · editions · findings · merges · vectors.
"""
