"""Records: what is noted beside the answers.

`editions` and `findings` come with a file, `default_values` with its rows; `decisions`,
`learned_weights` and `merges` from people; `vectors` from matching.
"""
