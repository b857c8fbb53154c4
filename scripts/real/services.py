"""Composition without quantities: the fewest operations that make the wanted available.

For chains in which having something is enough: services, documents, permits.
An operation takes and gives concepts; nothing is used up.

References
----------
Bansal, A., Blake, M. B., Kona, S., Bleul, S., Weise, T., Jaeger, M. C. (2008). WSC-08:
Continuing the Web Services Challenge. IEEE CEC/EEE 2008, 351-354.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf

import highspy
import numpy as np

from matchmaker.chains.program.highs import SILENCE, Rows, add_columns, quiet_solver, set_kind
from matchmaker.chains.result import Status
from matchmaker.errors import SolverError


@dataclass(frozen=True, slots=True)
class Service:
    """An operation that makes all it gives available once all it takes is."""

    id: str
    takes: frozenset[str]
    gives: frozenset[str]


@dataclass(frozen=True, slots=True)
class Composition:
    """A set of services in stages: each takes only what stages before it gave.

    `bound` is the proven least number of services.
    """

    stages: tuple[tuple[str, ...], ...]
    bound: int
    status: Status

    @property
    def operations(self) -> int:
        """Number of services."""
        return sum(map(len, self.stages))


def compose_services(
    services: Collection[Service],
    provided: Collection[str],
    wanted: Collection[str],
    *,
    stages: int | None = None,
) -> Composition | None:
    """Find the fewest services that turn the provided concepts into the wanted ones.

    Parameters
    ----------
    services
        What there is; ids are unique.
    provided, wanted
        Concepts at hand, and concepts asked for.
    stages
        Most stages in a row; None means any number.

    Returns
    -------
    Composition or None
        With its proof; None when the wanted cannot be reached, or not in so few stages.
    """
    earliest = _earliest_stages(services, provided)
    if not set(wanted) <= _concepts(services, earliest, provided):
        return None
    reachable = [s for s in services if s.id in earliest]
    useful = _useful(reachable, provided, wanted)
    if stages is None:
        return _UntimedProgram(useful, provided, wanted).solve()
    return _TimedProgram(useful, provided, wanted, earliest, stages).solve()


def fewest_stages(
    services: Collection[Service], provided: Collection[str], wanted: Collection[str]
) -> int | None:
    """Least number of stages that reach the wanted concepts; None when nothing does."""
    earliest = _earliest_stages(services, provided)
    have = dict.fromkeys(provided, 0)
    for service in sorted(services, key=lambda s: earliest.get(s.id, inf)):
        if service.id in earliest:
            for concept in service.gives:
                have.setdefault(concept, earliest[service.id])
    return max(map(have.__getitem__, wanted)) if set(wanted) <= set(have) else None


def run_in_stages(
    services: Iterable[Service], provided: Collection[str]
) -> tuple[tuple[str, ...], ...]:
    """Services by stage when each runs as early as it can; those that never can are left out."""
    chosen = list(services)
    earliest = _earliest_stages(chosen, provided)
    by_stage: dict[int, list[str]] = defaultdict(list)
    for service in sorted(earliest):
        by_stage[earliest[service]].append(service)
    return tuple(tuple(by_stage[stage]) for stage in sorted(by_stage))


def _earliest_stages(services: Collection[Service], provided: Collection[str]) -> dict[str, int]:
    """First stage, from 1, in which each reachable service can run."""
    users: dict[str, list[Service]] = defaultdict(list)
    lacking = {s.id: len(s.takes - set(provided)) for s in services}
    for service in services:
        for concept in service.takes - set(provided):
            users[concept].append(service)
    have = set(provided)
    ready = [s for s in services if lacking[s.id] == 0]
    earliest: dict[str, int] = {}
    stage = 0
    while ready:
        stage += 1
        earliest |= {s.id: stage for s in ready}
        fresh = set().union(*(s.gives for s in ready)) - have
        have |= fresh
        following = []
        for concept in fresh:
            for user in users[concept]:
                lacking[user.id] -= 1
                if lacking[user.id] == 0:
                    following.append(user)
        ready = following
    return earliest


def _concepts(
    services: Iterable[Service], earliest: Mapping[str, int], provided: Collection[str]
) -> set[str]:
    return set(provided).union(*(s.gives for s in services if s.id in earliest))


def _useful(
    services: Sequence[Service], provided: Collection[str], wanted: Collection[str]
) -> list[Service]:
    """Services from which the wanted can be reached, without those another one outdoes.

    Of two services the one that takes no less and gives nothing more that matters is never
    needed; of equal ones the first by id stays.
    """
    makers: dict[str, list[Service]] = defaultdict(list)
    for service in services:
        for concept in service.gives:
            makers[concept].append(service)
    at_hand = set(provided)
    asked, waiting, kept = set(wanted) - at_hand, list(set(wanted) - at_hand), dict[str, Service]()
    while waiting:
        for service in makers[waiting.pop()]:
            kept[service.id] = service
            fresh = service.takes - at_hand - asked
            asked |= fresh
            waiting += fresh
    slim = [
        Service(s.id, s.takes - at_hand, s.gives & asked - at_hand)
        for s in sorted(kept.values(), key=lambda s: s.id)
    ]
    return _undominated(slim, makers)


def _undominated(
    services: Sequence[Service], makers: Mapping[str, Sequence[Service]]
) -> list[Service]:
    by_id = {s.id: place for place, s in enumerate(services)}
    kept = []
    for place, service in enumerate(services):
        rarest = min(service.gives, key=lambda c: len(makers[c]))
        rivals = [by_id[r.id] for r in makers[rarest] if r.id in by_id]
        if not any(_outdoes(services[r], service, first=r < place) for r in rivals if r != place):
            kept.append(service)
    return kept


def _outdoes(one: Service, other: Service, *, first: bool) -> bool:
    if not (one.takes <= other.takes and one.gives >= other.gives):
        return False
    return first or one.takes != other.takes or one.gives != other.gives


class _UntimedProgram:
    """Fewest services; whatever would have to feed itself is cut off when it turns up."""

    def __init__(
        self, services: Sequence[Service], provided: Collection[str], wanted: Collection[str]
    ) -> None:
        self.services = services
        self.provided = frozenset(provided)
        self.makers: dict[str, list[int]] = defaultdict(list)
        for place, service in enumerate(services):
            for concept in service.gives:
                self.makers[concept].append(place)
        rows = Rows()
        for concept in sorted(set(wanted) - self.provided):
            rows.add(1, inf, dict.fromkeys(self.makers[concept], 1.0))
        for place, service in enumerate(services):
            for concept in sorted(service.takes):
                others = [p for p in self.makers[concept] if p != place]
                rows.add(0, inf, {place: -1.0} | dict.fromkeys(others, 1.0))
        self.highs = _counting(rows, len(services))

    def solve(self) -> Composition | None:
        """Fewest services with their proof; None when there are none."""
        while True:
            answer = _run(self.highs)
            if answer is None:
                return None
            columns, bound = answer
            used = [place for place, value in enumerate(columns) if value > 0.5]
            stages = run_in_stages((self.services[p] for p in used), self.provided)
            started = {id for stage in stages for id in stage}
            stuck = [p for p in used if self.services[p].id not in started]
            if not stuck:
                return Composition(stages, bound, Status.OPTIMAL)
            self._cut(stuck, started)

    def _cut(self, stuck: Sequence[int], started: set[str]) -> None:
        """Each stuck service asks for something it lacks from outside the stuck ones."""
        have = self.provided.union(
            *(s.gives for s in self.services if s.id in started),
        )
        lacking = frozenset().union(*(self.services[p].takes for p in stuck)) - have
        helpers = {p for concept in lacking for p in self.makers[concept]} - set(stuck)
        for place in stuck:
            columns = np.array([place, *sorted(helpers)], dtype=np.int32)
            values = np.array([-1.0, *[1.0] * len(helpers)])
            self.highs.addRow(0, inf, len(columns), columns, values)


class _TimedProgram:
    """Fewest services within a number of stages: a column for every stage a service can have."""

    def __init__(
        self,
        services: Sequence[Service],
        provided: Collection[str],
        wanted: Collection[str],
        earliest: Mapping[str, int],
        stages: int,
    ) -> None:
        self.services = services
        self.provided = frozenset(provided)
        self.columns = {
            (place, stage): number
            for number, (place, stage) in enumerate(
                (place, stage)
                for place, service in enumerate(services)
                for stage in range(earliest[service.id], stages + 1)
            )
        }
        givers: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for (place, stage), column in self.columns.items():
            for concept in services[place].gives:
                givers[concept].append((stage, column))
        rows = Rows()
        for concept in sorted(set(wanted) - self.provided):
            rows.add(1, inf, {column: 1.0 for _, column in givers[concept]})
        for (place, stage), column in self.columns.items():
            for concept in sorted(services[place].takes):
                before = {c: 1.0 for s, c in givers[concept] if s < stage}
                rows.add(0, inf, {column: -1.0} | before)
        self.highs = _counting(rows, len(self.columns))

    def solve(self) -> Composition | None:
        """Fewest services with their proof; None when the stages do not suffice."""
        answer = _run(self.highs)
        if answer is None:
            return None
        columns, bound = answer
        used = {place for (place, _), column in self.columns.items() if columns[column] > 0.5}
        stages = run_in_stages((self.services[place] for place in sorted(used)), self.provided)
        return Composition(stages, bound, Status.OPTIMAL)


def _counting(rows: Rows, columns: int) -> highspy.Highs:
    """Solver that minimises the number of columns chosen."""
    solver, numbers, ones = quiet_solver(), np.arange(columns, dtype=np.int32), np.ones(columns)
    add_columns(solver, ones)
    solver.changeColsCost(columns, numbers, ones)
    set_kind(solver, numbers, highspy.HighsVarType.kInteger)
    rows.append_to(solver, ones)
    return solver


def _run(solver: highspy.Highs) -> tuple[list[float], int] | None:
    with SILENCE:
        solver.run()
    status = solver.getModelStatus()
    if status == highspy.HighsModelStatus.kInfeasible:
        return None
    if status != highspy.HighsModelStatus.kOptimal:
        raise SolverError(f"HiGHS ended with {solver.modelStatusToString(status)}.")
    return list(solver.getSolution().col_value), round(solver.getInfo().mip_dual_bound)
