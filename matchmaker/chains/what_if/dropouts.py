"""What a chain becomes when a whole enterprise drops out of it.

Behind `compose`. Each enterprise is excluded in turn and the chain composed anew, as
`compose_chains` would with the limit `exclude`: a re-solve, not an estimate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from matchmaker.chains.changes import DropOut, NewGap
from matchmaker.chains.compose import answer_once, build_problem, differences
from matchmaker.chains.network.process_network import OperationKind
from matchmaker.chains.result import Chain, Gap, Result

ROUNDING = 1e-6
"""Part of a quantity by which it may differ from an equal one."""


def explain_dropouts(result: Result, rank: int = 1) -> tuple[DropOut, ...]:
    """Compare a chain with the best one without each of its enterprises.

    An enterprise that the limits require is not required while it is out.

    Returns
    -------
    tuple of DropOut
        One an enterprise of the chain, in their order.
    """
    if not result.chains:
        return ()
    chain = result.chains[rank - 1]
    return tuple(_drop_out(result, chain, enterprise) for enterprise in chain.enterprises)


def _drop_out(result: Result, chain: Chain, enterprise: str) -> DropOut:
    after = _without(result, enterprise)
    best = after.chains[0] if after.chains else None
    before = {step.operation for step in chain.steps}
    steps = best.steps if best else ()
    return DropOut(
        enterprise=enterprise,
        items=tuple(dict.fromkeys(s.item for s in chain.steps if s.enterprise == enterprise)),
        replaced_by=tuple(sorted({step.operation for step in steps} - before)),
        differences=differences(chain.stages, best.stages) if best else (),
        new_gaps=_new_gaps(chain.gaps, best.gaps if best else after.gaps),
    )


def _without(result: Result, enterprise: str) -> Result:
    asked = result.limits
    limits = replace(
        asked,
        exclude=asked.exclude | {enterprise},
        require=asked.require - {enterprise},
        require_pairs=frozenset(pair for pair in asked.require_pairs if pair[0] != enterprise),
    )
    problem = build_problem(result.graph, result.demands, goal=result.goal, limits=limits)
    return answer_once(problem)


def _new_gaps(before: Sequence[Gap], after: Sequence[Gap]) -> tuple[NewGap, ...]:
    open_before = {(gap.item, gap.kind): gap for gap in before}
    found = [_new_gap(gap, open_before.get((gap.item, gap.kind))) for gap in after]
    return tuple(
        sorted(
            filter(None, found),
            key=lambda o: (o.kind is not OperationKind.MISSING, -o.value, o.item),
        )
    )


def _new_gap(after: Gap, before: Gap | None) -> NewGap | None:
    """How much more is open of an item than was before; None when it is not more."""
    quantity, value = (before.quantity, before.value) if before else (0.0, 0.0)
    more = after.quantity - quantity
    if more <= ROUNDING * after.quantity:
        return None
    return NewGap(after.item, after.kind, more, after.unit, after.value - value)
