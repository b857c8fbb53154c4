from .changes import (
    Binding,
    Constraint,
    DropOut,
    Measure,
    Opening,
    PriceRange,
    Repair,
    RivalPrice,
    RunnerUp,
)
from .compose import Problem, answer, compose_chains, pose, weigh_alternatives, write_mps
from .demand import Demand, Limits
from .goals import GOALS, MEASURES, Peak, Stage
from .network.process_network import Kind, Operation, ProcessNetwork
from .portfolio import compose_portfolio
from .result import Chain, Cover, Flow, Front, Gap, Result, Segment, Start, Status, Step
from .what_if.binding_constraints import weigh_bindings
from .what_if.dropouts import weigh_dropouts
from .what_if.explain_result import weigh_result
from .what_if.price_ranges import weigh_prices, weigh_rivals
from .what_if.repairs import find_repairs
from .what_if.variants import Variants, pose_variants

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
