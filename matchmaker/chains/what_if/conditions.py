"""What conditions are worth: the same question asked without each, and without all of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import networkx as nx

from matchmaker.chains.combined_goals import front_of
from matchmaker.chains.compose import answer_once, build_problem, differences, solve
from matchmaker.chains.goals import SIMPLICITY
from matchmaker.chains.network.certain_part import without_conditions
from matchmaker.chains.result import Result, StageValue
from matchmaker.conditions import Condition

SAME = 1e-6
"""Part of a stage's value below which a difference is one of the arithmetic."""

UNBOUNDED = frozenset({"dependence"})
"""Stages of which it is not shown that an item for nothing is their best case."""


def weigh_conditions(result: Result, *, certain: bool = True) -> Result:
    """The result with what each of its conditions is worth, and the certain answer beside.

    A condition that the chains rest on is worth what the best chain without it comes to, less
    the best with it. Behind a rival something better may stand: it is worth at most what the
    best chain would gain if the item were to be had for nothing; a rival that would not even
    then change any stage is left out, for the answer does not depend on it.

    Parameters
    ----------
    result
        As `compose_chains` gives it.
    certain
        Whether to look for the certain answer.

    Returns
    -------
    Result
        `conditions` by falling worth of the goal's stages in their order; `certain` where the
        best chain without anything open is another one. Of a front, and where time ran out,
        the conditions stay as they are.
    """
    if not result.conditions or front_of(result.goal) or result.cut_short:
        return result
    if not result.chains:
        return replace(result, certain=_certain(result) if certain else None)
    best = result.chains[0].stages
    weighed = _with_bounds(result, best)
    weighed = [replace(one, worth=_loss(result, one, best)) for one in weighed]
    ordered = sorted(weighed, key=lambda one: [-value for _, value in one.worth])
    known = {replace(one, worth=()): one for one in ordered}
    chains = [
        replace(chain, conditions=tuple(o for key, o in known.items() if key in chain.conditions))
        for chain in result.chains
    ]
    return replace(
        result,
        chains=tuple(chains),
        conditions=tuple(ordered),
        certain=_certain(result) if certain else None,
    )


def _certain(result: Result) -> Result | None:
    """The answer without anything open; None where it is the same."""
    if result.limits.certain or not any(one.certain_without for one in result.conditions):
        return None
    limits = replace(result.limits, certain=True)
    problem = build_problem(result.graph, result.demands, goal=result.goal, limits=limits)
    return solve(problem)


def _loss(
    result: Result, condition: Condition, best: Sequence[StageValue]
) -> tuple[tuple[str, float], ...]:
    """What the stages lose without what a condition is about, or its bound if it has one."""
    if condition.worth or not condition.certain_without:
        return condition.worth
    part = without_conditions(result.graph, [condition])
    found = _best(result, part)
    return () if found is None else _told(differences(best, found))


def _with_bounds(result: Result, best: Sequence[StageValue]) -> list[Condition]:
    """Conditions, rivals with the most they are worth, without those that change nothing."""
    if any(stage.name in UNBOUNDED for stage in best):
        return list(result.conditions)
    items = sorted({one.item for one in result.conditions if one.rival and one.item})
    if not items or not _gain(result, items, best):
        gains: dict[str, tuple[tuple[str, float], ...]] = dict.fromkeys(items, ())
    else:
        gains = {item: _gain(result, [item], best) for item in items}
    kept = []
    for one in result.conditions:
        if not (one.rival and one.item) or one.certain_without:
            kept.append(one)
        elif gains[one.item]:
            kept.append(replace(one, worth=gains[one.item]))
    return kept


def _gain(
    result: Result, items: Collection[str], best: Sequence[StageValue]
) -> tuple[tuple[str, float], ...]:
    """What the stages would gain if the items were to be had for nothing; () when nothing."""
    free = result.graph.copy()
    for item in items:
        free.nodes[item]["domestic_price"] = 0.0
    found = _best(result, free, buy_products=True)
    if found is None:
        return ()
    changed = _told(differences(found, best))
    return changed if any(value for _, value in changed) else ()


def _best(
    result: Result, graph: nx.MultiDiGraph[str], *, buy_products: bool = False
) -> tuple[StageValue, ...] | None:
    limits = replace(result.limits, buy_products=result.limits.buy_products or buy_products)
    problem = build_problem(graph, result.demands, goal=result.goal, limits=limits)
    found = answer_once(problem)
    return found.chains[0].stages if found.chains else None


def _told(values: Sequence[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    """Differences of the stages, those of the arithmetic as 0, the choice among equals aside."""
    return tuple(
        (name, 0.0 if abs(value) < SAME else value) for name, value in values if name != SIMPLICITY
    )
