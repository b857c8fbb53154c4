"""Block: which pairs of subject and item are worth comparing.

First step of matching. A pair is a candidate when the subject declares the item, when
one OKPD2 code is the other or its ancestor, or when the item is among the `top` nearest
by words, characters, topics or meaning. Work runs over bounded blocks of subjects, so memory does
not grow with subjects times items.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix

from matchmaker.errors import BadValueError
from matchmaker.matching.pairs.compare import Pairs
from matchmaker.matching.text.features import Side

CELLS = 4_000_000
"""Most similarities held at a time (8 bytes each)."""

SPARSE = ("words", "characters", "topics")
"""Layers of which the nearest items are candidates, beside `meaning`."""

_LENGTHS = (2, 3, 4, 5, 6, 9)

Positions = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """Names to find: `names` holds every spelling, those of one item side by side.

    `starts[i]` is the first spelling of item `i`, `codes` and `items` are one an item.
    """

    names: Side
    starts: Positions

    def __post_init__(self) -> None:
        if len(self.starts) and self.starts[0] != 0:
            raise BadValueError("The spellings of the first item start at row 0.")

    @property
    def ends(self) -> Positions:
        """One past the last spelling of every item."""
        return np.append(self.starts[1:], len(self.names))


class Blocker:
    """Finds candidates; holds what is computed once for a catalogue."""

    def __init__(self, catalogue: Catalogue, top: int) -> None:
        self.catalogue = catalogue
        self.top = top
        names = catalogue.names
        self._layers = {layer: csc_matrix(getattr(names, layer)).T for layer in SPARSE}
        items = catalogue.names.items[catalogue.starts]
        self._by_item = {item: np.array([i]) for i, item in enumerate(items)}
        self._by_code, self._by_ancestor = _code_index(catalogue.names.codes[catalogue.starts])

    def blocks(self, subjects: Side) -> Iterator[Pairs]:
        """Yield candidate pairs of subjects and spellings, block by block."""
        step = max(1, CELLS // len(self.catalogue.names))
        for start in range(0, len(subjects), step):
            yield self._expand(self._candidates(subjects, slice(start, start + step)))

    def _candidates(self, subjects: Side, rows: slice) -> Pairs:
        """Pairs of subject and item in one block; distinct and sorted."""
        near = _positions(self._near(subjects, rows))
        declared = _look_up(subjects.items[rows], self._declared)
        coded = _look_up(subjects.codes[rows], self._same_code)
        width = len(self.catalogue.starts)
        keys = np.unique(
            np.concatenate([pairs.left * width + pairs.right for pairs in (near, declared, coded)])
        )
        return Pairs(keys // width + rows.start, keys % width)

    def _near(self, subjects: Side, rows: slice) -> NDArray[np.bool_]:
        """Mark the items that are among the nearest by any layer (subjects × items)."""
        marked = self._nearest(subjects.meaning[rows] @ self.catalogue.names.meaning.T, 6)
        for layer, names in self._layers.items():
            marked |= self._nearest((getattr(subjects, layer)[rows] @ names).toarray(), 9)
        return marked

    def _nearest(self, by_name: NDArray[np.floating], digits: int) -> NDArray[np.bool_]:
        """Mark the `top` items of every row that are nearest above zero, ties included."""
        by_name = np.round(by_name, digits)
        by_item = np.maximum.reduceat(by_name, self.catalogue.starts, axis=1)
        if by_item.shape[1] <= self.top:
            return np.asarray(by_item > 0)
        bar = np.partition(by_item, -self.top, axis=1)[:, -self.top]
        return np.asarray((by_item >= bar[:, None]) & (by_item > 0))

    def _declared(self, item: str) -> Positions:
        return self._by_item.get(item, _NOBODY)

    def _same_code(self, code: str) -> Positions:
        above = [self._by_code.get(ancestor, _NOBODY) for ancestor in _ancestors(code)]
        return np.concatenate([self._by_ancestor.get(_digits(code), _NOBODY), *above])

    def _expand(self, pairs: Pairs) -> Pairs:
        """Replace every item by all its spellings."""
        starts, ends = self.catalogue.starts[pairs.right], self.catalogue.ends[pairs.right]
        counts = ends - starts
        first = np.repeat(starts - np.append(0, np.cumsum(counts)[:-1]), counts)
        return Pairs(np.repeat(pairs.left, counts), first + np.arange(len(first)))


_NOBODY: Positions = np.empty(0, dtype=np.intp)


def _positions(marked: NDArray[np.bool_]) -> Pairs:
    left, right = np.nonzero(marked)
    return Pairs(left, right)


def _look_up(values: NDArray[np.object_], find: Callable[[str], Positions]) -> Pairs:
    """Pairs of every stated value with the items that `find` gives for it."""
    found = {value: find(value) if value else _NOBODY for value in set(values)}
    rights = [found[value] for value in values]
    left = np.repeat(np.arange(len(values)), [len(right) for right in rights])
    return Pairs(left, np.concatenate([_NOBODY, *rights]))


def _digits(code: str) -> str:
    return code.replace(".", "")


def _ancestors(code: str) -> list[str]:
    """Codes above this one, as digits."""
    digits = _digits(code)
    return [digits[:length] for length in _LENGTHS if length < len(digits)]


def _code_index(codes: NDArray[np.object_]) -> tuple[dict[str, Positions], dict[str, Positions]]:
    """Items by their own code, and by their own code or any above it."""
    own: dict[str, list[int]] = {}
    above: dict[str, list[int]] = {}
    for i, code in enumerate(codes):
        if code:
            own.setdefault(_digits(code), []).append(i)
            for digits in (_digits(code), *_ancestors(code)):
                above.setdefault(digits, []).append(i)
    return _arrays(own), _arrays(above)


def _arrays(index: dict[str, list[int]]) -> dict[str, Positions]:
    return {digits: np.array(rows, dtype=np.intp) for digits, rows in index.items()}
