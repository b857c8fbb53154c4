"""Solution structures by the axioms S1–S5 (algorithm SSG): what belongs together, by hand.

References
----------
Friedler, F., Tarján, K., Huang, Y. W., Fan, L. T. (1992). Combinatorial algorithms for process
synthesis. Computers & Chemical Engineering 16, S313-S320.
"""

from itertools import combinations

import networkx as nx

from matchmaker.chains.network.process_network import makers


def solution_structures(network):
    """Every set of operations that the axioms let belong together.

    Every demanded node is yielded; whatever an operation of the structure takes is yielded by
    one of it; each of them leads to a demanded node. Quantities play no part. Some structures
    feed on their own product: those are the ones that `startable` does not start.
    """
    nothing = frozenset()
    by_node = makers(maximal_by_axioms(network))
    yield from choose(frozenset(network.demand), nothing, nothing, nothing, by_node)


def choose(open_nodes, settled, inside, outside, by_node):
    """Settle who yields the open nodes, one after another, in every consistent way."""
    if not open_nodes:
        yield frozenset(o.id for o in inside)
        return
    node = min(open_nodes)
    able = by_node.get(node, ())
    for size in range(1, len(able) + 1):
        for chosen in map(frozenset, combinations(able, size)):
            left = frozenset(able) - chosen
            if chosen & outside or left & inside:
                continue
            taken = {part for o in chosen for part, _ in o.consumes}
            done = settled | {node}
            yield from choose(
                (open_nodes | taken) - done, done, inside | chosen, outside | left, by_node
            )


def maximal_by_axioms(network):
    """Operations of the maximal structure by the axioms alone, self-feeding cycles included."""
    alive = list(network.operations)
    while True:
        yielded = {node for o in alive for node, _ in o.yields}
        kept = [o for o in alive if all(node in yielded for node, _ in o.consumes)]
        if len(kept) == len(alive):
            break
        alive = kept
    leads = nx.DiGraph((node, o) for o in alive for node, _ in o.yields)
    leads.add_edges_from((o, node) for o in alive for node, _ in o.consumes)
    useful = set().union(*(nx.descendants(leads, node) for node in network.demand if node in leads))
    return [o for o in alive if o in useful]
