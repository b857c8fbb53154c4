"""Survey: workbooks and CSV files in, good rows, bad rows and issues out, and back again.

Fourth room of the flow, behind `codebook`. In order: `raw_grid` is what a sheet is before
anything is understood; `headings` says which table it holds and which field each column; `files`
turns the bytes of a file into grids, in a process without rights; `cells` reads one cell;
`mapping` reads sheets of somebody's own making; `strays` are rows that are no data; `read_sheet`
reads a sheet, `checks` compares rows, `quarantine` says where everything stood and what waits,
`editions` which file it is, `reader` runs it all. `outgoing` is the way back: templates, call
sheets, marked copies and letters. `identity` says which records are one firm.

Nothing here raises on bad data. Names are loaded on first use, so that the process which only
parses starts quickly.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
