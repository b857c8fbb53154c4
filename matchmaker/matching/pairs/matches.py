"""Matches: what matching found, held by column and told by row.

Last step of matching; `graph` reads it. One row is one pair of subject and item with
its score, the contributions that add up to it, and their levels; a `Match` is made
from a row when asked for, so that a million rows fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from matchmaker.codebook import row_id, tables
from matchmaker.errors import UnknownItemError, UnknownNameError
from matchmaker.matching.pairs.ability import ABILITY, STEP_COLUMNS
from matchmaker.matching.pairs.call_sheet_answers import ANSWERED
from matchmaker.matching.pairs.compare import COMPARISONS, QUESTIONS
from matchmaker.matching.pairs.decisions import Rulings, read_rulings
from matchmaker.matching.pairs.explain import sentences
from matchmaker.matching.pairs.match import (
    MasteredProcess,
    Match,
    MatchKind,
    MatchWeight,
    least_probability,
)
from matchmaker.matching.pairs.score import DECIDED
from matchmaker.model import PLACE, Cell, Dataset

CONTRIBUTIONS = ("prior", *COMPARISONS, "rivals", *ABILITY, "substitute", ANSWERED, DECIDED)
"""Columns of contributions, in the order in which they are listed."""

HEAD = ["table", "id", "enterprise", "item", "kind", "score", "probability"]
COLUMNS = [*HEAD, *CONTRIBUTIONS, *(f"level_{name}" for name in CONTRIBUTIONS[1:])]
LIKELY = 0.5
"""Probability from which a match that is not taken for true is told as a condition."""

_ASKED = frozenset(QUESTIONS.values())
_ANSWERED_BY_ITEMS = frozenset({"okpd2", "unit"})

TEXTS = tuple(name for name in COMPARISONS if name not in {"declared", "code", "unit", "same"})
"""Comparisons that read nothing but the text."""

TYPES = {name: object if name in HEAD[:5] else np.float64 for name in COLUMNS}

APPLIES: Mapping[MatchKind, tuple[str, ...]] = {
    MatchKind.MAKES: ("prior", *COMPARISONS, "rivals", ANSWERED),
    MatchKind.MAKES_CLOSE: ("prior", *TEXTS, "substitute"),
    MatchKind.NEEDS: ("prior", *COMPARISONS, "rivals"),
    MatchKind.COULD_MAKE: ("prior", *ABILITY, ANSWERED),
}


def _no_steps() -> pd.DataFrame:
    return pd.DataFrame(columns=STEP_COLUMNS)


@dataclass(frozen=True, eq=False)
class Matches:
    """Matches by column: `rows` as `COLUMNS`, `steps` as `ability.STEP_COLUMNS`.

    Iterating yields `Match` values in the order kind, item, falling probability, id.
    """

    rows: pd.DataFrame
    data: Dataset
    threshold: float
    steps: pd.DataFrame = field(default_factory=_no_steps)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Match]:
        for start in range(0, len(self), 1024):
            yield from self._read_matches(self.rows.iloc[start : start + 1024])

    def __repr__(self) -> str:
        found = {kind: int((self.rows["kind"] == kind.value).sum()) for kind in MatchKind}
        told = {kind: n for kind, n in found.items() if n or kind is not MatchKind.MAKES_CLOSE}
        counts = ", ".join(f"{count} {kind}" for kind, count in told.items())
        return f"<Matches: {counts}; {self.hidden} below probability {self.threshold:g}>"

    def __str__(self) -> str:
        sure = {"makes": self.makes, "needs": self.needs, "could make": self.could_make}
        items = self.data.table("items")["item"].nunique()
        return "\n".join(
            [
                f"Matches with {items} items of the catalogue, at or above {self.threshold:g}:",
                *(
                    f"  {kind}: {len(one)}, of {one.rows['item'].nunique()} items"
                    for kind, one in sure.items()
                ),
                f"  less likely: {self.hidden}, of them rejected by people: {len(self.rejected)}",
                "Rows: to_frame(). Why: explain(match, lang). Go on: build_graph(data, matches).",
            ]
        )

    @property
    def makes(self) -> Matches:
        """Offers at or above the threshold, each with its best item only."""
        return self._chosen(MatchKind.MAKES)

    @property
    def needs(self) -> Matches:
        """Needs at or above the threshold, each with its best item only."""
        return self._chosen(MatchKind.NEEDS)

    @property
    def could_make(self) -> Matches:
        """Enterprises that could make an item, at or above the threshold."""
        return self._select(self._sure() & (self.rows["kind"] == MatchKind.COULD_MAKE.value))

    @property
    def likely(self) -> Matches:
        """Offers and abilities likelier than not, but not taken for true nor rejected.

        Of an offer that is taken for no item, its best one; of enterprises that could make an
        item, all.
        """
        rows = self.rows
        open_ones = (rows["probability"] >= LIKELY) & (rows[DECIDED] >= 0) & ~self._sure()
        taken = rows.loc[self._sure() & (rows["kind"] == MatchKind.MAKES.value), "id"]
        makes = rows[open_ones & (rows["kind"] == MatchKind.MAKES.value) & ~rows["id"].isin(taken)]
        ranked = makes.sort_values(["id", "score", "item"], ascending=[True, False, True])
        best = rows.index.isin(ranked.drop_duplicates("id").index)
        return self._select(best | (open_ones & (rows["kind"] == MatchKind.COULD_MAKE.value)))

    @property
    def rejected(self) -> Matches:
        """Matches that a person rejected, whatever speaks for them."""
        return self._select(self.rows[DECIDED] < 0)

    @property
    def hidden(self) -> int:
        """How many matches lie below the threshold."""
        return int((~self._sure()).sum())

    def for_item(self, item: str) -> Matches:
        """Every match of an item, also those below the threshold.

        Raises
        ------
        UnknownItemError
            When the catalogue has no such item; the message offers the nearest codes.
        """
        known = self.data.table("items")["item"]
        if not (known == item).any():
            raise UnknownItemError(item, known)
        return self._select(self.rows["item"] == item)

    def to_frame(self) -> pd.DataFrame:
        """One row a match: `HEAD`, then a column per contribution; 0 where it does not apply."""
        return self.rows[[*HEAD, *CONTRIBUTIONS]].copy()

    def explain(self, match: Match | str, lang: str) -> tuple[str, ...]:
        """Say a match in sentences, Russian or English: the claim, every contribution, questions.

        Parameters
        ----------
        match
            A match, or the id of its subject: then the most probable match is told.
        lang
            `ru` or `en`.

        Raises
        ------
        UnknownNameError
            When no match has that id.
        """
        return sentences(self.best(match) if isinstance(match, str) else match, self.data, lang)

    def best(self, id: str) -> Match:
        """Return the most probable match of a subject; of equal ones the first item code.

        Raises
        ------
        UnknownNameError
            When no match has that id.
        """
        mine = self.rows[self.rows["id"] == id]
        if mine.empty:
            raise UnknownNameError(id, self.rows["id"])
        return next(
            self._read_matches(mine.sort_values(["score", "item"], ascending=[False, True])[:1])
        )

    def _sure(self) -> pd.Series[bool]:
        """Matches taken for true: probable enough for their kind, and rejected by nobody."""
        least = {kind.value: least_probability(kind, self.threshold) for kind in MatchKind}
        likely = self.rows["probability"] >= self.rows["kind"].map(least).astype(float)
        return likely & (self.rows[DECIDED] >= 0)

    def _chosen(self, kind: MatchKind) -> Matches:
        rows = self.rows[self._sure() & (self.rows["kind"] == kind.value)]
        ranked = rows.sort_values(["id", "score", "item"], ascending=[True, False, True])
        return self._select(self.rows.index.isin(ranked.drop_duplicates("id").index))

    def _select(self, mask: Any) -> Matches:
        return Matches(
            self.rows[mask].reset_index(drop=True), self.data, self.threshold, self.steps
        )

    def _read_matches(self, rows: pd.DataFrame) -> Iterator[Match]:
        """Make the matches of some rows, reading their subjects at one go."""
        subjects: dict[tuple[str, str], Mapping[Any, Any]] = {}
        for table, ids in rows[rows["kind"] != MatchKind.COULD_MAKE.value].groupby("table")["id"]:
            frame = self.data.table(str(table))
            found = frame.iloc[frame["id"].searchsorted(ids.unique())].to_dict("records")
            subjects.update({(str(table), subject["id"]): subject for subject in found})
        for row in rows.to_dict("records"):
            yield self._match(row, subjects.get((row["table"], row["id"]), {}))

    def _match(self, row: Mapping[Any, Any], subject: Mapping[Any, Any]) -> Match:
        kind = MatchKind(row["kind"])
        able = kind is MatchKind.COULD_MAKE
        pair = (row["enterprise"], row["item"])
        steps = self._steps_by_pair.get(pair, ()) if able else ()
        return Match(
            **{name: row[name] for name in HEAD if name != "kind"},
            kind=kind,
            contributions=tuple(_contributions(row, kind)),
            questions=_ability_questions(steps) if able else _questions(row, subject, kind),
            cells=self._ability_cells(steps, pair) if able else self._cells(row["table"], subject),
            capabilities=tuple(step for step, _ in steps),
            decision=self._rulings.of(row["id"], row["enterprise"], row["item"], kind)
            if row[DECIDED]
            else None,
        )

    @cached_property
    def _rulings(self) -> Rulings:
        return read_rulings(self.data)

    @cached_property
    def _steps_by_pair(self) -> Mapping[tuple[str, str], tuple[tuple[MasteredProcess, float], ...]]:
        found: dict[tuple[str, str], list[tuple[MasteredProcess, float]]] = {}
        columns = [self.steps[name] for name in STEP_COLUMNS]
        for enterprise, item, process, capability, hours, confirmed in zip(*columns, strict=True):
            step = MasteredProcess(process, capability, hours)
            found.setdefault((enterprise, item), []).append((step, confirmed))
        return {pair: tuple(steps) for pair, steps in found.items()}

    def _cells(self, table: str, subject: Mapping[Any, Any]) -> tuple[Cell, ...]:
        file, sheet, number = (subject[name] for name in PLACE)
        letters = self.data.columns.get((file, sheet), {})
        names = (field.name for field in tables()[table].fields if field.name in _ASKED)
        return tuple(
            Cell(file, sheet, int(number), letters.get(name, ""))
            for name in names
            if _is_stated(subject[name])
        )

    def _ability_cells(
        self, steps: tuple[tuple[MasteredProcess, float], ...], pair: tuple[str, str]
    ) -> tuple[Cell, ...]:
        """Processes that it rests on; without any, the firm's word on its call sheet."""
        if not steps:
            id = row_id(tables()["answers"], dict(zip(("enterprise", "item"), pair, strict=True)))
            return (self.data.cell("answers", id, "answer"),)
        rows = dict.fromkeys(step.capability for step, _ in steps)
        return tuple(self.data.cell("capabilities", row, "process") for row in rows)


def _contributions(row: Mapping[Any, Any], kind: MatchKind) -> Iterator[MatchWeight]:
    """Contributions that apply to the kind, then the decision if there is one."""
    for name in (*APPLIES[kind], *([DECIDED] if row[DECIDED] else [])):
        yield _contribution(row, name)


def _contribution(row: Mapping[Any, Any], name: str) -> MatchWeight:
    level = row.get(f"level_{name}", np.nan)
    return MatchWeight(name, None if np.isnan(level) else float(level), float(row[name]))


def _ability_questions(steps: tuple[tuple[MasteredProcess, float], ...]) -> tuple[str, ...]:
    unknown = any(np.isnan(confirmed) for _, confirmed in steps)
    return ("capabilities.material",) if unknown else ()


def _questions(
    row: Mapping[Any, Any], subject: Mapping[Any, Any], kind: MatchKind
) -> tuple[str, ...]:
    """Which field of the subject, else of the item, a comparison lacks; none of a call sheet."""
    if row["table"] == "answers":
        return ()
    missing = {name for name in APPLIES[kind][1:] if np.isnan(row[f"level_{name}"])}
    asked = [name for comparison, name in QUESTIONS.items() if comparison in missing]
    return tuple(
        f"items.{name}"
        if name in _ANSWERED_BY_ITEMS and _is_stated(subject[name])
        else f"{row['table']}.{name}"
        for name in dict.fromkeys(asked)
    )


def _is_stated(value: Any) -> bool:
    return not pd.isna(value) and value != ""
