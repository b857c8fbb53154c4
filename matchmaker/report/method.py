"""Method: what was taken for granted, and which ways were left out before solving.

Behind `names`, before `view`.
"""

from __future__ import annotations

from matchmaker.chains import Chain, Result
from matchmaker.codebook import format_number, reason
from matchmaker.graph import parts_of
from matchmaker.report.names import Names

NOT_NEEDED = "not-needed"
"""Reason of what the demand has no use for: counted, not listed."""


def list_assumptions(chain: Chain, names: Names) -> tuple[str, ...]:
    """What was taken for granted: prices, freight, and every answer that was not given."""
    graph, lang = names.result.graph, names.lang
    tariff, factor = graph.graph["freight_tariff"], graph.graph["road_factor"]
    told = [names.say("assumption.prices"), names.say("assumption.confidence")]
    if tariff:
        told.append(
            names.say(
                "assumption.freight",
                tariff=format_number(tariff, lang, digits=2),
                factor=format_number(factor, lang, digits=2),
            )
        )
        told += _unweighed(chain, names)
    else:
        told.append(names.say("assumption.no-freight"))
    for step in chain.steps:
        for code in step.assumptions:
            what = names.say("operation", item=names.label(step.item), maker=names.maker(step))
            told.append(names.say("assumption.of", what=what, note=names.say(f"assumption.{code}")))
    return tuple(told)


def _unweighed(chain: Chain, names: Names) -> list[str]:
    """Items without mass and enterprises without region: their freight counts as nothing."""
    nodes = names.result.graph.nodes
    light = [s.item for s in chain.steps if s.enterprise and not nodes[s.item].get("mass")]
    homeless = [e for e in chain.enterprises if not nodes[e].get("region")]
    return [
        names.say(key, names=", ".join(map(names.label, dict.fromkeys(ids))))
        for key, ids in (("assumption.no-mass", light), ("assumption.no-region", homeless))
        if ids
    ]


def find_left_out(result: Result, names: Names) -> tuple[tuple[str, ...], int]:
    """Ways not considered, as sentences, and how many the demand has no use for."""
    needed = parts_of(result.graph, (demand.item for demand in result.demands))
    told = {
        names.say(
            "left-out",
            item=names.label(dropped.item),
            reason=reason(
                dropped.reason,
                names.label(dropped.enterprise) if dropped.enterprise else "",
                names.lang,
            ),
        ): None
        for dropped in result.dropped
        if dropped.reason != NOT_NEEDED and dropped.item in needed
    }
    return tuple(told), sum(dropped.reason == NOT_NEEDED for dropped in result.dropped)
