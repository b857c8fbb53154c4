"""`compose_chains`: from a graph and a demand to the k best chains, each with a proof."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import networkx as nx

from matchmaker.chains.answer.describe import describe_chain, gaps_without_chain
from matchmaker.chains.answer.open_conditions import OpenConditions
from matchmaker.chains.changes import RunnerUp
from matchmaker.chains.combined_goals import front_of, goal_named
from matchmaker.chains.demand import Demand, Limits, is_number, is_whole
from matchmaker.chains.goals import DELIVERY, Stage
from matchmaker.chains.network.assemble import assemble
from matchmaker.chains.network.certain_part import certain_part
from matchmaker.chains.network.maximal_structure import maximal_structure
from matchmaker.chains.network.process_network import Operation, OperationKind, ProcessNetwork
from matchmaker.chains.program.highs import TimeLimit
from matchmaker.chains.result import Chain, Front, Result, StageValue, Status
from matchmaker.chains.search.k_best import KBestSearch, Solution
from matchmaker.chains.search.pareto_front import FrontWalk
from matchmaker.errors import BadValueError

NO_LIMITS = Limits()
_NOTHING_DELIVERED = 1 - 1e-9


def compose_chains(
    graph: nx.MultiDiGraph[str],
    demand: Demand | Sequence[Demand],
    *,
    goal: str = "localisation",
    k: int | None = None,
    limits: Limits = NO_LIMITS,
    diverse: int = 0,
    seconds: float | None = None,
) -> Result:
    """Find the k best joint production chains for a demand, or a front of two measures.

    Each chain has its proof.

    Parameters
    ----------
    graph
        Enterprise–capability–item graph of `build_graph`.
    demand
        Item and quantity (units per year); several are met together, by one chain.
    goal
        A name of `GOALS`, such as localisation or cost; a weighted sum of `MEASURES`, such as
        `weighted:cost=1,stages=50000`; or a front of two, such as `pareto:cost,stages`.
    k
        How many chains at most, 1 unless said otherwise; each drops a decision of every earlier
        one. Of a front, how many corners: all of them unless said otherwise.
    limits
        What chains may not do.
    diverse
        When above 0, each chain drops at least so many enterprises of every earlier one.
    seconds
        How long to search at most; what was found by then is returned with its bound, and
        `cut_short` says so. An interrupt from the keyboard does the same once there is a chain.

    Returns
    -------
    Result
        Chains in order of the goal; `chains[0].bound` is the proven best value of the
        goal's first stage. Of a front, in order of the first measure, with `front` beside.
        Without any chain the status is INFEASIBLE and `gaps` say why, or UNKNOWN when time ran
        out.

    Raises
    ------
    UnknownItemError, UnknownEnterpriseError, UnknownGoalError, UnknownMeasureError
        When a name is not known; the message offers the nearest ones.
    MalformedGoalError
        When a weighted sum or a front cannot be read.
    BadValueError
        When `k` is below 1, `diverse` below 0 or asked of a front, `seconds` not above 0, or
        there is no demand.

    References
    ----------
    Friedler, F., Varga, J. B., Fehér, E., Fan, L. T. (1996). Combinatorially accelerated
    branch-and-bound method for solving the MIP model of process network synthesis. In:
    State of the Art in Global Optimization, 609-626.
    """
    _check(goal, k, diverse, seconds)
    problem = build_problem(graph, demand, goal=goal, limits=limits)
    if front_of(goal):
        return answer_front(problem, k=k, seconds=seconds)
    return solve(problem, k=k or 1, diverse=diverse, seconds=seconds)


def _check(goal: str, k: int | None, diverse: int, seconds: float | None) -> None:
    """Refuse numbers that make no sense."""
    if k is not None and not (is_whole(k) and k >= 1):
        raise BadValueError(f"Expected k, a whole number of at least 1, found {k!r}.")
    if not (is_whole(diverse) and diverse >= 0):
        raise BadValueError(f"Expected diverse, a whole number of at least 0, found {diverse!r}.")
    if diverse and front_of(goal):
        raise BadValueError(f"Expected no diverse of a front, found {diverse}: all of it is asked.")
    if seconds is not None and not (is_number(seconds) and seconds > 0):
        raise BadValueError(f"Expected seconds above 0, found {seconds!r}.")


def explain_alternatives(result: Result, rank: int = 1) -> Chain:
    """Chain of a result with a runner-up for every enterprise's step.

    Each step is ruled out in turn and the goal solved anew: `differences` are what the
    best chain without it costs more, stage by stage, simplicity aside. A re-solve, not an
    estimate.
    """
    chain = result.chains[rank - 1]
    problem = build_problem(result.graph, result.demands, goal=result.goal, limits=result.limits)
    search = problem.without_simplicity().search()
    runners_up = tuple(
        _runner_up(search, chain, step.operation) for step in chain.steps if step.enterprise
    )
    return replace(chain, runners_up=runners_up)


def write_mps(problem: Problem, path: str | Path) -> float | None:
    """Write the program behind a goal's first own stage, for any solver to check.

    The stages before it are rows that hold them at their optimum.

    Returns
    -------
    float or None
        Proven least value of the stage, which is the optimum of the file; None, and no file,
        when nothing is feasible.
    """
    own = next(n for n, stage in enumerate(problem.stages) if stage.name not in DELIVERY)
    search = replace(problem, stages=problem.stages[: own + 1]).search()
    solution = search.write_mps(Path(path))
    return None if solution is None else solution.stages[-1].bound


@dataclass(frozen=True, slots=True)
class Problem:
    """Demands on a network, trimmed to its maximal structure and ready to be searched."""

    graph: nx.MultiDiGraph[str]
    demands: tuple[Demand, ...]
    goal: str
    network: ProcessNetwork
    stages: tuple[Stage, ...]
    limits: Limits
    assembled: int

    def search(self, seconds: float | None = None) -> KBestSearch:
        """A fresh search; it keeps one solver model for all that is asked of it."""
        return KBestSearch(self.network, self.stages, self.limits, TimeLimit(seconds))

    def without_simplicity(self) -> Problem:
        """The same without its last stage, which only chooses among equals and takes long."""
        return replace(self, stages=self.stages[:-1])


def build_problem(
    graph: nx.MultiDiGraph[str],
    demand: Demand | Sequence[Demand],
    *,
    goal: str = "localisation",
    limits: Limits = NO_LIMITS,
) -> Problem:
    """The optimisation problem behind `compose_chains`; raises as that does."""
    demands = (demand,) if isinstance(demand, Demand) else tuple(demand)
    if not demands:
        raise BadValueError("Expected at least one demand, found none.")
    stages_of = goal_named(goal)
    graph = certain_part(graph) if limits.certain else graph
    whole = assemble(graph, demands, limits)
    network = maximal_structure(whole)
    stages = stages_of(network)
    return Problem(graph, demands, goal, network, stages, limits, len(whole.operations))


def solve(
    problem: Problem, *, k: int = 1, diverse: int = 0, seconds: float | None = None
) -> Result:
    """The k best chains of a problem, as `compose_chains` hands them out."""
    search = problem.search(seconds)
    chains, interrupted = _described(problem, search.k_best(k, diverse=diverse))
    return _result(problem, chains, cut_short=interrupted or search.cut_short)


def answer_front(problem: Problem, *, k: int | None = None, seconds: float | None = None) -> Result:
    """The front of a problem whose goal is one, or its first k corners."""
    search = problem.without_simplicity().search(seconds)
    walk = FrontWalk(search)
    chains, interrupted = _described(problem, islice(walk.points(), k))
    first, second = front_of(problem.goal)
    chains = [replace(chain, second_measure=second) for chain in _with_distinct_ids(chains)]
    result = _result(problem, chains, cut_short=interrupted or search.cut_short)
    return replace(result, front=Front((first, second), (*walk.segments,), walk.complete))


def _described(problem: Problem, solutions: Iterable[Solution]) -> tuple[list[Chain], bool]:
    """Chains of solutions up to one that delivers nothing, and whether somebody interrupted."""
    chains: list[Chain] = []
    try:
        for solution in solutions:
            if not _delivers(problem, solution):
                break
            rank = len(chains) + 1
            chains.append(
                describe_chain(problem.graph, problem.network, problem.demands, solution, rank)
            )
    except KeyboardInterrupt:
        if not chains:
            raise
        return chains, True
    return chains, False


def _with_distinct_ids(chains: Sequence[Chain]) -> list[Chain]:
    """Chains of which those that share their decisions have ids of their own."""
    seen: Counter[str] = Counter()
    apart = []
    for chain in chains:
        seen[chain.id] += 1
        number = seen[chain.id]
        apart.append(chain if number == 1 else replace(chain, id=f"{chain.id}-{number}"))
    return apart


def answer_once(problem: Problem) -> Result:
    """The best chain of a problem, any of several that are equal but for their simplicity.

    Faster than `solve`, which also asks what comes next.
    """
    problem = problem.without_simplicity()
    solution = problem.search().best()
    chains = []
    if solution is not None and _delivers(problem, solution):
        chains = [describe_chain(problem.graph, problem.network, problem.demands, solution, 1)]
    return _result(problem, chains, cut_short=False)


def _result(problem: Problem, chains: Sequence[Chain], *, cut_short: bool) -> Result:
    graph, network, demands = problem.graph, problem.network, problem.demands
    open_ones = OpenConditions(graph, network, demands)
    chains = [replace(chain, conditions=open_ones.of([chain])) for chain in chains]
    return Result(
        status=_status(chains, cut_short=cut_short),
        goal=problem.goal,
        demands=demands,
        limits=problem.limits,
        chains=tuple(chains),
        gaps=() if chains or cut_short else gaps_without_chain(graph, network, demands),
        dropped=network.dropped,
        operations=(problem.assembled, len(network.operations)),
        graph=graph,
        cut_short=cut_short,
        conditions=open_ones.of(chains),
        as_of=graph.graph.get("as_of", ""),
    )


def _delivers(problem: Problem, solution: Solution) -> bool:
    """Whether a solution delivers anything at all of any demand."""
    missing = [
        solution.quantities.get(f"missing:{node}", 0.0) / quantity
        for node, quantity in problem.network.demand.items()
    ]
    return min(missing) < _NOTHING_DELIVERED


def _status(chains: Sequence[Chain], *, cut_short: bool) -> Status:
    if not chains:
        return Status.UNKNOWN if cut_short else Status.INFEASIBLE
    proven = all(chain.status is Status.OPTIMAL for chain in chains)
    return Status.OPTIMAL if proven else Status.FEASIBLE


def _runner_up(search: KBestSearch, chain: Chain, operation: str) -> RunnerUp:
    with search.model.without({operation}):
        solution = search.best()
    if solution is None:
        return RunnerUp(operation, (), ())
    new = step_ids(search.network, solution.quantities) - {step.operation for step in chain.steps}
    return RunnerUp(operation, tuple(sorted(new)), differences(chain.stages, solution.stages))


def differences(
    before: Sequence[StageValue], after: Sequence[StageValue]
) -> tuple[tuple[str, float], ...]:
    """What each stage gained, in its unit."""
    return tuple((b.name, b.value - a.value) for a, b in zip(before, after, strict=False))


def step_ids(network: ProcessNetwork, quantities: Mapping[str, float]) -> frozenset[str]:
    """Ids of the steps that show what runs."""
    shown = {_step_id(o) for o in network.operations if quantities.get(o.id, 0.0) > 0}
    return frozenset(shown - {""})


def _step_id(operation: Operation) -> str:
    """Id of the step that shows an operation in a chain; "" when no step does."""
    if operation.kind is OperationKind.MISSING:
        return f"missing:{operation.item}"
    return operation.id if operation.kind.made or operation.kind.source else ""
