"""What to ask next: which unanswered cell, of which firm, could change the best chain most.

Not asked is not no. Every question is weighed by what a good answer would be worth: the problem
is solved again with the answer in it, to optimality, and less stays imported or missing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import networkx as nx

from matchmaker.chains import Chain, Demand, Limits, OperationKind, build_problem, solve
from matchmaker.chains.demand import is_whole
from matchmaker.errors import BadValueError
from matchmaker.model import Dataset
from matchmaker.recommend.members import CENT, savings
from matchmaker.recommend.records import Evidence, Recommendation
from matchmaker.recommend.unanswered import Question, find_questions

NO_LIMITS = Limits()
MOST_SOLVES = 60
"""Problems solved at most, beside the one without any answer."""


def recommend_questions(
    graph: nx.MultiDiGraph[str],
    data: Dataset,
    demands: Demand | Sequence[Demand],
    *,
    limits: Limits = NO_LIMITS,
    solves: int = MOST_SOLVES,
) -> list[Recommendation]:
    """Rank unanswered questions by what a good answer could change.

    A good answer means: yes, as much as is needed, at what the item costs today at its cheapest.
    So the value is the most that asking can bring, not a forecast. Questions that change nothing
    even when all are answered well together are found by one solve and left out.

    Parameters
    ----------
    graph, data
        Graph of `build_graph` and the dataset that it was built from.
    demands
        What the cluster is to make, units per year.
    limits
        Further limits on the chains; the products themselves may be bought.
    solves
        How many problems are solved at most. Where they do not suffice, the questions about what
        is worth most today are weighed, and `figures` tell how many were not.

    Returns
    -------
    list of Recommendation
        `subject` is the enterprise to ask; `value`, RUB per year, is how much less is imported
        or missing after a good answer to this question alone. `notes` say what to ask, the
        cells of `evidence` where the answer is missing. `figures` has `alone` (the value),
        `among` (the value when the other questions are answered well, too), `together` (of all
        of them) and `unweighed`.

    Raises
    ------
    BadValueError
        When `solves` is below 3.
    UnknownItemError, UnknownEnterpriseError
        When a name is not known.
    """
    if not (is_whole(solves) and solves >= 3):
        raise BadValueError(f"Expected to solve at least 3 problems, found {solves!r}.")
    asked = (demands,) if isinstance(demands, Demand) else tuple(demands)
    inquiry = _Inquiry(graph, asked, replace(limits, buy_products=True))
    open_questions = [q for q in find_questions(graph, data) if inquiry.admits(q)]
    told = inquiry.advise(inquiry.suspects(open_questions, solves // 3), solves)
    ranked = sorted(told, key=lambda a: (-a.value, -a.figures["among"], a.subject, a.notes))
    return [replace(one, rank=rank) for rank, one in enumerate(ranked, start=1)]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What stays imported or missing, RUB per year by item, and the chain."""

    open: Mapping[str, float]
    chain: Chain | None

    @property
    def total(self) -> float:
        return sum(self.open.values())

    def makers(self) -> set[tuple[str | None, str]]:
        """Pairs of enterprise and item in use."""
        steps = self.chain.steps if self.chain else ()
        return {
            (s.enterprise, s.item)
            for s in steps
            if s.kind in {OperationKind.MAKES, OperationKind.COULD_MAKE}
        }


@dataclass(frozen=True, slots=True)
class _Inquiry:
    """Solves the same demands for different sets of answers."""

    graph: nx.MultiDiGraph[str]
    demands: tuple[Demand, ...]
    limits: Limits
    _known: dict[frozenset[str], _Outcome] = field(default_factory=dict)

    def admits(self, question: Question) -> bool:
        """Whether the limits let the enterprise take part at all."""
        firm = question.enterprise
        role = self.graph.nodes[firm]["role"]
        return role in self.limits.roles and firm not in self.limits.exclude

    def outcome(self, questions: Iterable[Question]) -> _Outcome:
        """What comes of good answers to these questions and to no others."""
        answered = list(questions)
        name = frozenset(question.key for question in answered)
        if name not in self._known:
            graph = self.graph.copy()
            for question in answered:
                question.answered(graph)
            self._known[name] = self._solve(graph)
        return self._known[name]

    def _solve(self, graph: nx.MultiDiGraph[str]) -> _Outcome:
        problem = build_problem(graph, self.demands, limits=self.limits)
        result = solve(replace(problem, stages=problem.stages[:-1]))
        chain = result.chains[0] if result.chains else None
        left: dict[str, float] = defaultdict(float)
        for gap in chain.gaps if chain else result.gaps:
            left[gap.item] += gap.value
        return _Outcome(dict(left), chain)

    def suspects(self, questions: Sequence[Question], rounds: int) -> list[Question]:
        """Questions of which some may change something.

        Answers only add ways. So once those that are left change nothing together, none of
        them would alone; until then those that the chain uses are set aside.
        """
        left, found = list(questions), list[Question]()
        before = self.outcome(()).total
        for _ in range(rounds):
            together = self.outcome(left)
            used = [question for question in left if question.pair in together.makers()]
            if not used or before - together.total < CENT:
                break
            found += used
            left = [question for question in left if question not in used]
        return found

    def advise(self, questions: Sequence[Question], solves: int) -> list[Recommendation]:
        """Weigh questions, those about what is worth most today first, as solves allow."""
        spent = len(self._known)
        worth = self.outcome(()).open
        ordered = sorted(questions, key=lambda q: (-worth.get(q.item, 0.0), q.pair))
        weighed = ordered[: max(1, (solves - spent) // 2)]
        missed = float(len(ordered) - len(weighed))
        told = [self._advise(question, weighed, missed) for question in weighed]
        return [one for one in told if one.value >= CENT or one.figures["among"] >= CENT]

    def _advise(
        self, question: Question, others: Sequence[Question], missed: float
    ) -> Recommendation:
        now, alone, best = self.outcome(()), self.outcome([question]), self.outcome(others)
        rest = self.outcome([other for other in others if other is not question])
        parts = savings(now.open, alone.open)
        value = sum((part.value for part in parts), 0.0)
        return Recommendation(
            rank=0,
            kind="question",
            subject=question.enterprise,
            value=value,
            unit="RUB/yr",
            contributions=parts,
            evidence=(self._evidence(question),),
            figures={
                "alone": value,
                "among": rest.total - best.total,
                "together": now.total - best.total,
                "unweighed": missed,
            },
            notes=question.asks,
        )

    def _evidence(self, question: Question) -> Evidence:
        unit = self.graph.nodes[question.item]["unit"]
        kind = question.edge["edge"]
        return Evidence(question.enterprise, question.item, kind, None, unit, dict(question.cells))
