"""Compare: what each step's runner-up costs, and how the next best chains differ.

Behind `names`, before `view`. Answers "why this firm", "what if it drops out" and "why
this chain", stage by stage of the goal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from matchmaker.chains import Chain, OperationKind, PriceRange, Result, RunnerUp, Status, Step
from matchmaker.chains.combined_goals import PARETO, WEIGHTED, front_of, weights_of
from matchmaker.chains.goals import DELIVERY, OWN_GOALS
from matchmaker.codebook import format_number, format_share, say
from matchmaker.recommend.sentences import NEGLIGIBLE, SHORTFALL, stage_change, stage_value
from matchmaker.report.names import Names

DECISIONS = "decisions"


@dataclass(frozen=True, slots=True)
class StageRow:
    """A stage of the goal: the value reached and the proven least value, in words."""

    label: str
    value: str
    bound: str
    gap: str
    decisive: bool


@dataclass(frozen=True, slots=True)
class AlternativeRow:
    """What replaces a step and what that costs; `grave` when the demand goes unmet.

    `holds` says up to which price; `wins`, one for each of `replaced_by` or none, below which
    of its own prices that one comes in.
    """

    item: str
    maker: str
    tone: str
    value: float
    replaced_by: tuple[str, ...]
    costs: tuple[str, ...]
    holds: tuple[str, ...]
    wins: tuple[str, ...]
    grave: bool


@dataclass(frozen=True, slots=True)
class DropOutRow:
    """What the loss of a whole enterprise costs and opens; `grave` when nothing is delivered."""

    maker: str
    tone: str
    items: tuple[str, ...]
    loss: str
    new_gaps: tuple[str, ...]
    grave: bool


@dataclass(frozen=True, slots=True)
class Rival:
    """One of the k best chains beside the best: figures, and steps gone and come."""

    rank: int
    chain: Chain
    stages: tuple[StageRow, ...]
    gone: tuple[str, ...]
    come: tuple[str, ...]


def stage_rows(chain: Chain, names: Names) -> tuple[StageRow, ...]:
    """Stages in the order in which they were minimised."""
    decisive = next((stage.name for stage in chain.stages if stage.name not in DELIVERY), "")
    return tuple(
        StageRow(
            label=stage_label(stage.name, names.lang),
            value=stage_value(stage.value, stage.unit, names.lang),
            bound=stage_value(stage.bound, stage.unit, names.lang),
            gap=stage_value(stage.gap, stage.unit, names.lang),
            decisive=stage.name == decisive,
        )
        for stage in chain.stages
    )


def goal_words(goal: str, names: Names) -> str:
    """What a goal asks for, in words; the name of one that is not the program's own."""
    kind = goal.partition(":")[0]
    if kind == PARETO:
        parts = [say(f"stage.{name}", names.lang) for name in front_of(goal)]
        return names.say("goal.pareto", parts=", ".join(parts))
    if kind == WEIGHTED:
        parts = [
            f"{format_number(weight, names.lang, digits=6)} × {say(f'stage.{name}', names.lang)}"
            for name, weight in weights_of(goal).items()
        ]
        return names.say("goal.weighted", parts=" + ".join(parts))
    return names.say(f"goal.{goal}") if goal in OWN_GOALS else goal


def stage_label(name: str, lang: str) -> str:
    """Words for a stage, with a capital to stand at the head of a row."""
    label = say(f"stage.{name}", lang)
    return label[:1].upper() + label[1:]


def verdict(chain: Chain | None, names: Names) -> str:
    """What is proven about the goal's first stage, or a front's two, and on how many conditions."""
    if chain is None:
        return names.say("verdict.none")
    rows = stage_rows(chain, names)
    stage = next(row for row in rows if row.decisive)
    label = stage_label(chain.second_measure, names.lang) if chain.second_measure else ""
    second = next((row for row in rows if row.label == label), stage)
    proven = "verdict.front" if chain.second_measure else "verdict.proven"
    told = names.say(
        proven if chain.status is Status.OPTIMAL else "verdict.open",
        stage=stage.label,
        value=stage.value,
        bound=stage.bound,
        gap=stage.gap,
        second=second.label,
        most=second.value,
    )
    count = len(chain.conditions)
    return f"{told} {names.say('verdict.on', count=count)}" if count else told


def alternative_rows(chain: Chain, names: Names) -> tuple[AlternativeRow, ...]:
    """One row for every step of an enterprise that has a runner-up."""
    steps = {step.operation: step for step in chain.steps}
    return tuple(_alternative(chain, steps[r.operation], r, names) for r in chain.runners_up)


def rivals(result: Result, names: Names) -> tuple[Rival, ...]:
    """The chains in order; each but the first says what it does otherwise than the first."""
    if not result.chains:
        return ()
    first = {step.operation: step for step in result.chains[0].steps}
    found = []
    for chain in result.chains:
        own = {step.operation: step for step in chain.steps}
        gone = [names.operation(id) for id in first if id not in own]
        come = [names.operation(id) for id in own if id not in first]
        found.append(Rival(chain.rank, chain, stage_rows(chain, names), tuple(gone), tuple(come)))
    return tuple(found)


def _alternative(chain: Chain, step: Step, runner_up: RunnerUp, names: Names) -> AlternativeRow:
    changes = dict(runner_up.differences)
    units = {stage.name: stage.unit for stage in chain.stages}
    telling = {n: d for n, d in changes.items() if abs(d) > NEGLIGIBLE[units[n]]}
    grave = not changes or telling.get(SHORTFALL, 0.0) > 0
    return AlternativeRow(
        item=names.label(step.item),
        maker=names.maker(step),
        tone=names.tone(step),
        value=step.value,
        replaced_by=_replacement(step.item, runner_up, names, grave=grave),
        costs=tuple(_costs(telling, units, names)) if changes else (names.say("why.no-chain"),),
        holds=tuple(
            line
            for price in chain.prices
            if price.operation == step.operation
            for line in _holds(price, names)
        ),
        wins=tuple(_wins(chain, runner_up, id, names) for id in runner_up.replaced_by) or ("",),
        grave=grave,
    )


def _holds(price: PriceRange, names: Names) -> Iterator[str]:
    """Up to which price, and from which on, a chain stays as it is."""
    each = names.sentences.each
    if price.high is None:
        yield names.say("holds.any", price=each(price.price))
    else:
        yield names.say("holds.up", price=each(price.price), high=each(price.high))
    if price.low is not None:
        yield names.say("holds.down", low=each(price.low))


def _wins(chain: Chain, runner_up: RunnerUp, rival: str, names: Names) -> str:
    """Below which price a replacement comes in by itself; empty when at none."""
    each = names.sentences.each
    for price in chain.rival_prices:
        if (price.operation, price.rival) == (runner_up.operation, rival):
            if price.wins_below is None:
                return ""
            return names.say("wins", below=each(price.wins_below), price=each(price.price))
    return ""


def dropout_rows(chain: Chain, names: Names) -> tuple[DropOutRow, ...]:
    """One row for every enterprise that the chain was solved without."""
    return tuple(
        DropOutRow(
            maker=names.label(dropout.enterprise),
            tone=names.role(dropout.enterprise),
            items=tuple(map(names.label, dropout.items)),
            loss=names.sentences.loss(dropout, chain),
            new_gaps=tuple(names.sentences.new_gaps(dropout.new_gaps)),
            grave=not dropout.differences,
        )
        for dropout in chain.dropouts
    )


def _replacement(item: str, runner_up: RunnerUp, names: Names, *, grave: bool) -> tuple[str, ...]:
    if grave and all(names.steps[id].kind is OperationKind.MISSING for id in runner_up.replaced_by):
        return (names.say("why.nobody"),)
    if not runner_up.replaced_by:
        return (names.say("why.others"),)
    return tuple(names.operation(id, known=item) for id in runner_up.replaced_by)


def _costs(telling: dict[str, float], units: dict[str, str], names: Names) -> Iterator[str]:
    """Differences in words; when less is delivered, the other sums no longer compare."""
    if telling.get(SHORTFALL, 0.0) > 0:
        share = telling[SHORTFALL] / len(names.result.demands)
        nothing = share >= 1 - NEGLIGIBLE["share"]
        key = "why.nothing-delivered" if nothing else "why.shortfall"
        yield names.say(key, share=format_share(share, names.lang))
        return
    shown = {n: d for n, d in telling.items() if n != DECISIONS}
    for name, difference in shown.items():
        change = stage_change(difference, units[name], names.lang)
        yield names.say("why.change", stage=stage_label(name, names.lang), change=change)
    if not shown:
        yield names.say("why.equal")
