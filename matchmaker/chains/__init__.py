"""Chains: the best joint production chains for a demand, each with a proof.

A file of this room imports only what stands before it: `demand` and `network` (what is
asked, and of what) ▶ `assemble` with `places`, `reference` and `sourcing` (graph to
network) ▶ `foundedness`, `structure`, `bounds` with `ring_bounds` (trimming) ▶ `goals`,
`program`, `formulation`, `search` (solving) ▶ `result`, `start_up`, `reasons`, `describe`,
`compose` (the answer). Beside the flow: `variants` (one question for many sets of
enterprises), `pgraph` (files of P-graph tools) and `availability` (composition without
quantities).
"""

from matchmaker.chains.compose import (
    Problem,
    answer,
    compose_chains,
    pose,
    weigh_alternatives,
    write_mps,
)
from matchmaker.chains.demand import Demand, Limits
from matchmaker.chains.goals import GOALS, Stage
from matchmaker.chains.network import Kind, Operation, ProcessNetwork
from matchmaker.chains.result import (
    Chain,
    Cover,
    Flow,
    Gap,
    Result,
    RunnerUp,
    Start,
    Status,
    Step,
)
from matchmaker.chains.variants import Variants, pose_variants

__all__ = [
    "GOALS",
    "Chain",
    "Cover",
    "Demand",
    "Flow",
    "Gap",
    "Kind",
    "Limits",
    "Operation",
    "Problem",
    "ProcessNetwork",
    "Result",
    "RunnerUp",
    "Stage",
    "Start",
    "Status",
    "Step",
    "Variants",
    "answer",
    "compose_chains",
    "pose",
    "pose_variants",
    "weigh_alternatives",
    "write_mps",
]
