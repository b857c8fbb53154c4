"""The answers about some items, looked up in the ways in which conditions ask for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from matchmaker.matching.text.stems import bare_terms
from matchmaker.model import Dataset, records

if TYPE_CHECKING:
    from matchmaker.matching import Match


@dataclass(frozen=True)
class Answers:
    """What firms and the catalogue state about some items.

    Attributes
    ----------
    data
        Snapshot of the store, with the rows that wait and the issues that are open.
    matches
        Which offers and enterprises make or could make the items.
    open_edges
        Keys of the edges of those matches that are not taken for true.
    wanted
        Ids of the items.
    """

    data: Dataset
    matches: tuple[Match, ...]
    open_edges: frozenset[str]
    wanted: frozenset[str]

    @cached_property
    def made(self) -> dict[str, Match]:
        """Matches of offers and call sheets, by row."""
        return {match.id: match for match in self.matches if match.kind != "could_make"}

    @cached_property
    def able(self) -> dict[str, list[Match]]:
        """Matches of enterprises that could make an item, by the item."""
        found: dict[str, list[Match]] = defaultdict(list)
        for match in self.matches:
            if match.kind == "could_make":
                found[item_of(match)].append(match)
        return found

    @cached_property
    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """Stored rows that figures about the items are made of, by table."""
        about = dict.fromkeys(("bom", "routing", "substitutes", "demands"), "item")
        frames = {name: self.data.table(name) for name in about}
        kept = {
            name: frame[("item:" + frame["item"].astype(str)).isin(self.wanted)]
            for name, frame in frames.items()
        }
        used = {id for found in self.able.values() for m in found for _, id, _ in m.capabilities}
        firms = {f"firm:{m.enterprise}" for m in self.made.values()}
        firms |= {f"firm:{m.enterprise}" for found in self.able.values() for m in found}
        ids: Mapping[str, Collection[str]] = {
            "items": self.wanted,
            "offers": self.made.keys(),
            "answers": self.made.keys(),
            "capabilities": used,
            "enterprises": firms,
        }
        for name, chosen in ids.items():
            frame = self.data.table(name)
            kept[name] = frame[frame["id"].isin(set(chosen))]
        kept["settings"] = self.data.table("settings")
        return {name: records(frame) for name, frame in kept.items()}

    @cached_property
    def vocabulary(self) -> dict[str, set[str]]:
        """Stems of the names of every item asked for."""
        return {
            row["id"]: set(bare_terms(" ".join(filter(None, _names(row)))))
            for row in self.rows["items"]
        }

    @cached_property
    def units(self) -> dict[str, str]:
        """Unit of every item asked for."""
        return {row["id"]: row["unit"] for row in self.rows["items"]}

    def cell(self, row: Mapping[str, Any], field: str) -> str:
        """Place of a field of a stored row in the survey files."""
        letters = self.data.columns.get((row["file"], row["sheet"]), {})
        return f"{row['file']}!{row['sheet']}!{letters.get(field, '')}{row['row']}"


def edge_of(match: Match) -> str:
    """Key of the edge of the graph that a match becomes."""
    if match.kind == "could_make":
        return f"ability:{match.enterprise}:{match.item}"
    return match.id


def item_of(match: Match) -> str:
    """Id of the item of a match."""
    return f"item:{match.item}"


def _names(row: Mapping[str, Any]) -> tuple[str | None, ...]:
    return row["name_ru"], row["name_en"], row["synonyms"]
