"""All that explains the best chain of a result: last file of the room's flow."""

from __future__ import annotations

from dataclasses import replace

from matchmaker.chains.compose import explain_alternatives
from matchmaker.chains.result import Result
from matchmaker.chains.what_if.binding_constraints import explain_bindings
from matchmaker.chains.what_if.dropouts import explain_dropouts
from matchmaker.chains.what_if.price_ranges import explain_prices, explain_rivals
from matchmaker.chains.what_if.repairs import find_repairs


def explain_result(result: Result) -> Result:
    """The result with all that explains its best chain, every figure by a re-solve.

    Returns
    -------
    Result
        Its first chain has runners-up, price ranges, prices at which rivals win, bounds that
        bind, what each enterprise's drop-out would do, and repairs of its gaps; without any
        chain the result itself has repairs.
    """
    repairs = find_repairs(result)
    if not result.chains:
        return replace(result, repairs=repairs)
    chain = explain_alternatives(result)
    chain = replace(
        chain,
        prices=explain_prices(result),
        rival_prices=explain_rivals(result, chain.runners_up),
        bindings=explain_bindings(result),
        dropouts=explain_dropouts(result),
        repairs=repairs,
    )
    return replace(result, chains=(chain, *result.chains[1:]))
