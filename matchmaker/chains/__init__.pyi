from .changes import (
    Binding,
    Constraint,
    DropOut,
    NewGap,
    PriceRange,
    Repair,
    RepairAction,
    RivalPrice,
    RunnerUp,
)
from .compose import Problem, build_problem, compose_chains, explain_alternatives, solve, write_mps
from .demand import Demand, Limits
from .goals import GOALS, MEASURES, Peak, Stage
from .network.process_network import Operation, OperationKind, ProcessNetwork
from .portfolio import compose_portfolio
from .result import BackupPlan, Chain, Flow, Front, Gap, Result, Segment, Start, Status, Step
from .what_if.binding_constraints import explain_bindings
from .what_if.conditions import weigh_conditions
from .what_if.dropouts import explain_dropouts
from .what_if.explain_result import explain_result
from .what_if.price_ranges import explain_prices, explain_rivals
from .what_if.repairs import find_repairs
from .what_if.variants import Variants, build_variants

__all__ = [
    "GOALS",
    "MEASURES",
    "BackupPlan",
    "Binding",
    "Chain",
    "Constraint",
    "Demand",
    "DropOut",
    "Flow",
    "Front",
    "Gap",
    "Limits",
    "NewGap",
    "Operation",
    "OperationKind",
    "Peak",
    "PriceRange",
    "Problem",
    "ProcessNetwork",
    "Repair",
    "RepairAction",
    "Result",
    "RivalPrice",
    "RunnerUp",
    "Segment",
    "Stage",
    "Start",
    "Status",
    "Step",
    "Variants",
    "build_problem",
    "build_variants",
    "compose_chains",
    "compose_portfolio",
    "explain_alternatives",
    "explain_bindings",
    "explain_dropouts",
    "explain_prices",
    "explain_result",
    "explain_rivals",
    "find_repairs",
    "solve",
    "weigh_conditions",
    "write_mps",
]
