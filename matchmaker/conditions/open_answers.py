"""What stored answers leave open: likely matches, unstated and unlikely figures, open issues."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING, Any

from matchmaker.codebook import conversion
from matchmaker.conditions.answers import Answers, edge_of, item_of
from matchmaker.conditions.condition import ROUTING, Condition, ConditionKind
from matchmaker.model import Issue, Severity

if TYPE_CHECKING:
    from matchmaker.matching import Match

OUT_OF_PROPORTION = 20.0
"""Times a price may differ from the median of what else is known of its item."""

_TOLD_OTHERWISE = frozenset({"price-missing", "row-repeated", "certificate-expired"})
"""Warnings about a row that need no condition of their own, or have one by another name."""

_CELLS_UNUSED = frozenset({"comment", "contact", "source", "ogrn", "kpp", "address", "okved"})
"""Fields that no figure is made of."""


class OpenAnswers:
    """What is open about stored answers, one method a kind of condition."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def likely(self) -> Iterator[Condition]:
        """Matches that nobody confirmed and that are not sure enough to be taken for true."""
        for match in self._answers.matches:
            if edge_of(match) in self._answers.open_edges:
                yield Condition(
                    ConditionKind.MATCH_LIKELY,
                    match.table,
                    match.id,
                    item_of(match),
                    f"firm:{match.enterprise}",
                    value=self._product(match),
                    probability=match.probability,
                    cells=tuple(map(str, match.cells)),
                    edges=(edge_of(match),),
                )

    def _product(self, match: Match) -> str:
        """What an enterprise wrote; "" of what it could make."""
        rows = self._answers.rows[match.table] if match.kind != "could_make" else ()
        return next((row["product"] or "" for row in rows if row["id"] == match.id), "")

    def not_stated(self) -> Iterator[Condition]:
        """Answers that were not given where a figure takes them."""
        for table in ("offers", "answers"):
            for row in self._answers.rows[table]:
                yield from self._unanswered_offer(table, row)
        rows = {row["id"]: row for row in self._answers.rows["capabilities"]}
        for item, found in sorted(self._answers.able.items()):
            for match in found:
                for _, id, _ in match.capabilities:
                    yield from self._unanswered_ability(rows[id], item, match)
        if self._freight():
            yield from self._unanswered_freight()

    def _unanswered_offer(self, table: str, row: Mapping[str, Any]) -> Iterator[Condition]:
        match = self._answers.made[row["id"]]
        unit = self._answers.units[item_of(match)]
        about = {"table": table, "id": row["id"], "item": item_of(match)}
        told = Condition(
            ConditionKind.NOT_STATED,
            **about,
            enterprise=f"firm:{match.enterprise}",
            cells=(self._answers.cell(row, "product"),),
        )
        if row["price"] is None:
            yield replace(told, field="price", rival=True)
        elif conversion(row.get("unit") or unit, unit) is None:
            yield replace(told, field="unit", value=row.get("unit") or "", rival=True)
        elif row["capacity"] is None:
            yield replace(told, field="capacity", edges=(row["id"],))

    def _unanswered_ability(
        self, row: Mapping[str, Any], item: str, match: Match
    ) -> Iterator[Condition]:
        for name in ("rate", "free_hours"):
            if row[name] is None:
                yield Condition(
                    ConditionKind.NOT_STATED,
                    "capabilities",
                    row["id"],
                    item,
                    f"firm:{match.enterprise}",
                    name,
                    row["process"],
                    cells=(self._answers.cell(row, "process"),),
                    rival=True,
                )

    def _freight(self) -> bool:
        settings = {row["setting"]: row["value"] for row in self._answers.rows["settings"]}
        return bool(settings.get("freight_tariff"))

    def _unanswered_freight(self) -> Iterator[Condition]:
        """Masses and regions without which carriage counts as nothing."""
        for table, name, about in (
            ("items", "mass", "item"),
            ("enterprises", "region", "enterprise"),
        ):
            for row in self._answers.rows[table]:
                if row[name] is None:
                    cells = (self._answers.cell(row, about),)
                    told = Condition(
                        ConditionKind.NOT_STATED,
                        table,
                        row["id"],
                        field=name,
                        value="0",
                        cells=cells,
                    )
                    yield replace(told, **{about: row["id"]})

    def implausible(self) -> Iterator[Condition]:
        """Prices out of all proportion to the other offers and purchases of their item."""
        for item, prices in sorted(self._prices().items()):
            for place, (price, offer) in enumerate(prices):
                others = [other for n, (other, _) in enumerate(prices) if n != place]
                if offer and others and _out_of_proportion(price, median(others)):
                    yield Condition(
                        ConditionKind.IMPLAUSIBLE,
                        "offers",
                        offer["id"],
                        item,
                        f"firm:{offer['enterprise']}",
                        "price",
                        f"{price:.12g}",
                        code=f"{median(others):.12g}",
                        cells=(self._answers.cell(offer, "price"),),
                        edges=(offer["id"],),
                        rival=price > median(others),
                    )

    def _prices(self) -> dict[str, list[tuple[float, Mapping[str, Any]]]]:
        """Prices of each item with the offers that state them, {} for those of the catalogue."""
        known: dict[str, list[tuple[float, Mapping[str, Any]]]] = defaultdict(list)
        for row in self._answers.rows["items"]:
            stated = (row[name] for name in ("import_price", "domestic_price"))
            known[row["id"]] += [(price, {}) for price in stated if price is not None]
        for row in self._answers.rows["offers"]:
            item = item_of(self._answers.made[row["id"]])
            factor = conversion(row["unit"] or "pcs", self._answers.units[item])
            if row["price"] is not None and factor:
                known[item].append((row["price"] / factor, row))
        return known

    def issues(self) -> Iterator[Condition]:
        """Warnings that are open on cells of rows that figures are made of."""
        open_issues = defaultdict(list)
        for issue in self._answers.data.issues:
            if issue.severity == Severity.WARNING and issue.code not in _TOLD_OTHERWISE:
                open_issues[issue.file, issue.sheet, issue.row].append(issue)
        for table, rows in self._answers.rows.items():
            for row in rows:
                for issue in open_issues.get((row["file"], row["sheet"], row["row"]), ()):
                    yield from self._issue(table, row, issue)

    def _issue(self, table: str, row: Mapping[str, Any], issue: Issue) -> Iterator[Condition]:
        letters = self._answers.data.columns.get((issue.file, issue.sheet), {})
        name = next((field for field, letter in letters.items() if letter == issue.column), "")
        if name in _CELLS_UNUSED:
            return
        match = self._answers.made.get(row["id"])
        firm = f"firm:{row['enterprise']}" if "enterprise" in row else ""
        code = item_of(match) if match else f"item:{row['item']}" if row.get("item") else ""
        recipes = {
            "bom": ((code, row.get("alternative") or "base"),),
            ROUTING: ((code, ROUTING),),
        }
        yield Condition(
            ConditionKind.ISSUE_OPEN,
            table,
            row["id"],
            code,
            firm,
            name,
            issue.value,
            issue.code,
            cells=(f"{issue.file}!{issue.sheet}!{issue.column}{issue.row}",),
            edges=(row["id"],) if match else (),
            recipes=recipes.get(table, ()),
            rival=True,
            details=tuple(sorted(issue.details.items())),
        )


def _out_of_proportion(price: float, usual: float) -> bool:
    return usual > 0 and not usual / OUT_OF_PROPORTION <= price <= usual * OUT_OF_PROPORTION
