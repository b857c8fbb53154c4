"""Chains: the best joint production chains for a demand, each with a proof.

The folders follow the flow, and import only what stands before them: `network` (what is
possible: from the graph to a trimmed process network with bounds) ▶ `program` (rows, and the
solver that minimises over them) ▶ `search` (the k best, fronts, each with its proof) ▶ `answer`
(steps, flows, gaps and start-up of what was found) ▶ `what_if` (prices, drop-outs, repairs).
Beside them stand what is asked (`demand`, `goals`, `combined_goals`), what comes back
(`result`, `changes`), and what runs it all: `compose`, `portfolio` (many products at once) and
`pgraph` (files of P-graph tools).

In order: demand · network · changes · goals · result · program · combined_goals · search · answer
· compose · what_if · portfolio · pgraph.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
