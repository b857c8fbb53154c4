"""Chains: the best joint production chains for a demand, each with a proof.

A file of this room imports only what stands before it: `demand` and `network` (what is asked,
and of what) ▶ `assemble` with `places`, `reference` and `sourcing` (graph to network) ▶
`foundedness`, `structure`, `bounds` with `ring_bounds` (trimming) ▶ `levels`, `goals`,
`compound`, `program`, `formulation`, `search`, `front` (solving) ▶ `result`, `start_up`,
`reasons`, `describe`, `compose` (the answer) ▶ `constraints`, `relaxation`, `repair` (what
would close gaps), `sensitivity`, `bindings`, `dropout` (what would change the chain) ▶ `weigh`
(all of it). `portfolio` asks for many products at once. Beside the flow: `variants` (one
question for many sets of enterprises), `pgraph` (files of P-graph tools) and `availability`
(composition without quantities).
"""

from matchmaker.chains.bindings import weigh_bindings
from matchmaker.chains.compose import (
    Problem,
    answer,
    compose_chains,
    pose,
    weigh_alternatives,
    write_mps,
)
from matchmaker.chains.demand import Demand, Limits
from matchmaker.chains.dropout import weigh_dropouts
from matchmaker.chains.front import Front, Segment
from matchmaker.chains.goals import GOALS, MEASURES, Peak, Stage
from matchmaker.chains.network import Kind, Operation, ProcessNetwork
from matchmaker.chains.portfolio import compose_portfolio
from matchmaker.chains.repair import find_repairs
from matchmaker.chains.result import (
    Binding,
    Chain,
    Constraint,
    Cover,
    DropOut,
    Flow,
    Gap,
    Measure,
    Opening,
    PriceRange,
    Repair,
    Result,
    RivalPrice,
    RunnerUp,
    Start,
    Status,
    Step,
)
from matchmaker.chains.sensitivity import weigh_prices, weigh_rivals
from matchmaker.chains.variants import Variants, pose_variants
from matchmaker.chains.weigh import weigh_result

__all__ = [
    "GOALS",
    "MEASURES",
    "Binding",
    "Chain",
    "Constraint",
    "Cover",
    "Demand",
    "DropOut",
    "Flow",
    "Front",
    "Gap",
    "Kind",
    "Limits",
    "Measure",
    "Opening",
    "Operation",
    "Peak",
    "PriceRange",
    "Problem",
    "ProcessNetwork",
    "Repair",
    "Result",
    "RivalPrice",
    "RunnerUp",
    "Segment",
    "Stage",
    "Start",
    "Status",
    "Step",
    "Variants",
    "answer",
    "compose_chains",
    "compose_portfolio",
    "find_repairs",
    "pose",
    "pose_variants",
    "weigh_alternatives",
    "weigh_bindings",
    "weigh_dropouts",
    "weigh_prices",
    "weigh_result",
    "weigh_rivals",
    "write_mps",
]
