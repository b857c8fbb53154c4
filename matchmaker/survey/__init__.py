"""Survey: workbooks and CSV files in, good rows, bad rows and issues out, and back again.

Fourth room of the flow, behind `codebook`. A process of its own (`child`, started by
`sandbox`) turns the bytes of a file into raw cells with `files`, `delimited`, `archives` and
`workbooks`; `editions` says which file it is, `headers` what the cells are, or `mapped` does as a
`mapping` says, which `drafts` proposes; `values` reads one cell with `quantities`, `measures` and
`dates`, `checks` compares rows, `sources` says what stood where, `reader` runs it all, `writer` is
the way back. Nothing here raises
on bad data.

What goes to firms: `template` is what they fill in, with `choices` to choose from, the
`callsheet` of a product and its `looks`; `marked` gives a file back with what was found in it
(`marking` in a process, `telling` in words); `letters` ask for the `open_points`.

Names are loaded on first use, so that the process which only parses starts quickly.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
