"""Chains: the best joint production chains for a demand, each with a proof.

A file of this room imports only what stands before it: `demand` and `network` (what is asked,
and of what) ▶ `assemble` with `places`, `reference` and `sourcing` (graph to network) ▶
`startability`, `structure`, `bounds` with `cycle_bounds` (trimming) ▶ `levels`, `goals`,
`compound`, `program`, `formulation`, `search`, `front` (solving) ▶ `result`, `start_up`,
`reasons`, `describe`, `compose` (the answer) ▶ `constraints`, `relaxation`, `repair` (what
would close gaps), `sensitivity`, `bindings`, `dropout` (what would change the chain) ▶ `weigh`
(all of it). `portfolio` asks for many products at once. Beside the flow: `variants` (one
question for many sets of enterprises), `pgraph` (files of P-graph tools) and `availability`
(composition without quantities).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
