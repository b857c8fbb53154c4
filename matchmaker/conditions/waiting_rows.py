"""Rows in quarantine that may speak of the items: they are counted nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from matchmaker.codebook import row_id, tables
from matchmaker.conditions.answers import Answers, edge_of
from matchmaker.conditions.condition import ROUTING, Condition, ConditionKind
from matchmaker.matching.text.stems import bare_terms
from matchmaker.model import Quarantined
from matchmaker.survey.quarantine import raw_text


class WaitingRows:
    """What rows in quarantine leave open about some items."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def find(self) -> Iterator[Condition]:
        """Rows in quarantine that may speak of the items."""
        ways = {
            "bom": self._waiting_part,
            "routing": self._waiting_of_item,
            "substitutes": self._waiting_of_item,
            "items": self._waiting_of_item,
            "demands": self._waiting_of_item,
            "settings": self._waiting_setting,
            "offers": self._waiting_answer,
            "answers": self._waiting_answer,
            "capabilities": self._waiting_ability,
            "certificates": self._waiting_firm,
            "enterprises": self._waiting_firm,
        }
        for row in self._answers.data.waiting:
            if row.table in ways:
                yield from ways[row.table](row)

    def _condition(self, row: Quarantined, **about: Any) -> Condition:
        id = "" if row.key is None else row_id(tables()[row.table], row.key)
        firm = raw_text(row, "enterprise")
        if row.key is not None and row.key.get("enterprise"):
            firm = str(row.key["enterprise"])
        stored = id if id in self._ids(row.table) else ""
        key = (self._field(row, name) for name in tables()[row.table].key if name != "enterprise")
        condition = Condition(
            ConditionKind.ROW_WAITING,
            row.table,
            stored,
            enterprise=f"firm:{firm}" if firm else "",
            value="; ".join(filter(None, key)),
            cells=(f"{row.file}!{row.sheet}!{row.row}",),
        )
        return replace(condition, **about)

    def _waiting_part(self, row: Quarantined) -> Iterator[Condition]:
        """A line of a bill of materials: its recipe is not whole, or stands nowhere else."""
        item = self._item_of(row)
        if item is None:
            return
        stated = self._field(row, "alternative") or tables()["bom"].field("alternative").default
        known = {
            line["alternative"] or stated
            for line in self._answers.rows["bom"]
            if f"item:{line['item']}" == item
        }
        broken = {stated} if stated in known or not known else set()
        yield self._condition(
            row,
            item=item,
            field="component",
            value=self._field(row, "component"),
            recipes=tuple((item, alternative) for alternative in sorted(broken) if item),
            rival=stated not in known,
        )

    def _waiting_of_item(self, row: Quarantined) -> Iterator[Condition]:
        item = self._item_of(row)
        if item is None:
            return
        recipes = ((item, ROUTING),) if item and row.table == "routing" else ()
        yield self._condition(row, item=item, recipes=recipes, rival=row.table != "demands")

    def _waiting_setting(self, row: Quarantined) -> Iterator[Condition]:
        yield self._condition(row)

    def _waiting_answer(self, row: Quarantined) -> Iterator[Condition]:
        """An offer that may be one of the items: by its code, else by a word of their names."""
        told = self._condition(row, rival=True, value=self._field(row, "product"))
        edges = (told.id,) if told.id else ()
        code, text = self._field(row, "item"), self._field(row, "product")
        if f"item:{code}" in self._answers.wanted:
            yield replace(told, item=f"item:{code}", edges=edges)
        elif code and (self._answers.data.table("items")["item"] == code).any():
            return
        elif not text:
            yield told
        else:
            spoken = set(bare_terms(text))
            near = [item for item, own in sorted(self._answers.vocabulary.items()) if own & spoken]
            if near or edges:
                item = near[0] if len(near) == 1 else ""
                yield replace(told, item=item, edges=edges)

    def _waiting_ability(self, row: Quarantined) -> Iterator[Condition]:
        """A process that an enterprise states: it matters where some item asked for takes it."""
        asked = {line["process"] for line in self._answers.rows[ROUTING]}
        process = "" if row.key is None else str(row.key.get("process") or "")
        if asked and (not process or process in asked):
            told = self._condition(row, rival=True, value=self._field(row, "process"))
            edges = {
                edge_of(match)
                for found in self._answers.able.values()
                for match in found
                if any(id == told.id for _, id, _ in match.capabilities)
            }
            yield replace(told, edges=tuple(sorted(edges)))

    def _waiting_firm(self, row: Quarantined) -> Iterator[Condition]:
        """What waits of an enterprise that other answers already speak of."""
        subject = self._field(row, "certificate") or self._field(row, "name")
        told = self._condition(row, value=subject)
        demanded = any(known["certificates"] for known in self._answers.rows["items"])
        relevant = demanded or row.table != "certificates"
        if relevant and told.enterprise in self._ids("enterprises"):
            yield told

    def _ids(self, table: str) -> set[str]:
        return {row["id"] for row in self._answers.rows.get(table, ())}

    def _field(self, row: Quarantined, name: str) -> str:
        """Value of a field of a row that waits: of its key where it was read, else as written."""
        if row.key is not None and row.key.get(name) is not None:
            return str(row.key[name])
        return raw_text(row, name)

    def _item_of(self, row: Quarantined) -> str | None:
        """Item of a row of the catalogue: "" where it is illegible, None where it is another."""
        code = self._field(row, "item")
        if f"item:{code}" in self._answers.wanted:
            return f"item:{code}"
        legible = code and (self._answers.data.table("items")["item"] == code).any()
        return None if legible or (code and row.table == "items") else ""
