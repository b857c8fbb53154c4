"""Layout: places for the boxes of a diagram, in columns from parts to the product.

Behind `flow`, before `charts`. Boxes stand in a column by their longest way to the
product; long links pass through slots of the columns between, so they cross no box.

References
----------
Sugiyama, K., Tagawa, S., Toda, M. (1981). Methods for visual understanding of
hierarchical system structures. IEEE Transactions on Systems, Man, and Cybernetics
11(2), 109-125.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import networkx as nx

from matchmaker.report.flow import Box, Diagram, Line

WIDTH, SPACING = 214.0, 64.0
PADDING, INDENT, MARK = 10.0, 13.0, 14.0
TITLE_SIZE, LINE_SIZE = 12.5, 11.0
TITLE_HEIGHT, LINE_HEIGHT = 16.0, 15.0
GAP, SLOT = 14.0, 2.0
SWEEPS = 6

_WIDE = frozenset("шщжмюыфдШЩЖМЮФЫДWMwm@%№—")
_SLIM = frozenset("iljtfrIJ.,:;|!'()[]· \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}-–«»")


@dataclass(frozen=True, slots=True)
class Placed:
    """A box with its wrapped text and its place: left, top and size in pixels."""

    box: Box
    title: tuple[str, ...]
    lines: tuple[tuple[Line, ...], ...]
    left: float
    top: float
    height: float

    @property
    def middle(self) -> float:
        """Height at which links arrive and leave."""
        return self.top + self.height / 2


@dataclass(frozen=True, slots=True)
class Path:
    """A link as points to be joined smoothly, coloured by the part it carries."""

    tone: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Arranged:
    """A diagram with places, in pixels."""

    width: float
    height: float
    boxes: tuple[Placed, ...]
    paths: tuple[Path, ...]


@dataclass(slots=True)
class _Columns:
    """Boxes and slots by column, and what each is linked to on its right."""

    order: list[list[str]]
    wholes: dict[str, list[str]]
    heights: dict[str, float]

    def parts(self) -> dict[str, list[str]]:
        parts: dict[str, list[str]] = defaultdict(list)
        for part, wholes in self.wholes.items():
            for whole in wholes:
                parts[whole].append(part)
        return parts


def arrange(diagram: Diagram) -> Arranged:
    """Give every box its place: the product on the right, its parts to the left."""
    wrapped = {box.id: _wrapped(box) for box in diagram.boxes}
    columns = _columns(diagram, {id: placed.height for id, placed in wrapped.items()})
    middles = _middles(columns)
    top = min(middles[id] - columns.heights[id] / 2 for id in middles)
    lefts = {
        id: (len(columns.order) - 1 - depth) * (WIDTH + SPACING)
        for depth, column in enumerate(columns.order)
        for id in column
    }
    middles = {id: middle - top for id, middle in middles.items()}
    boxes = tuple(
        replace(placed, left=lefts[id], top=middles[id] - placed.height / 2)
        for id, placed in wrapped.items()
    )
    return Arranged(
        width=len(columns.order) * (WIDTH + SPACING) - SPACING,
        height=max(placed.top + placed.height for placed in boxes),
        boxes=boxes,
        paths=_paths(diagram, columns, lefts, middles),
    )


def text_width(text: str, size: float) -> float:
    """Width of a text in pixels, rather too much than too little."""
    return size * sum(
        0.92 if c in _WIDE else 0.34 if c in _SLIM else 0.74 if c.isupper() else 0.6 for c in text
    )


def wrap(text: str, width: float, size: float, lines: int) -> tuple[str, ...]:
    """Text broken at spaces into at most so many lines; what does not fit ends in «…»."""
    done: list[str] = []
    words = text.split(" ")
    while words and len(done) < lines:
        line = words.pop(0)
        while words and text_width(f"{line} {words[0]}", size) <= width:
            line += f" {words.pop(0)}"
        done.append(line)
    if words:
        done[-1] += f" {' '.join(words)}"
    return tuple(_cut(line, width, size) for line in done)


def _cut(line: str, width: float, size: float) -> str:
    if text_width(line, size) <= width:
        return line
    while line and text_width(f"{line}…", size) > width:
        line = line[:-1]
    return f"{line.rstrip()}…"


def _wrapped(box: Box) -> Placed:
    inner = WIDTH - 2 * PADDING - 4
    title = wrap(box.title, inner, TITLE_SIZE, 2)
    lines = tuple(_wrapped_line(line, inner) for line in box.lines)
    rows = sum(len(parts) for parts in lines)
    height = 2 * PADDING - 3 + len(title) * TITLE_HEIGHT + rows * LINE_HEIGHT
    return Placed(box, title, lines, 0.0, 0.0, height)


def _wrapped_line(line: Line, width: float) -> tuple[Line, ...]:
    if not line.tone:
        return tuple(replace(line, text=text) for text in wrap(line.text, width, LINE_SIZE, 1))
    whole = f"{line.text} · {line.amount}"
    if text_width(whole, LINE_SIZE) <= width - MARK:
        return (replace(line, text=whole),)
    texts = (*wrap(line.text, width - MARK, LINE_SIZE, 2), line.amount)
    return tuple(replace(line, text=text) for text in texts)


def _columns(diagram: Diagram, heights: Mapping[str, float]) -> _Columns:
    flow: nx.DiGraph[str] = nx.DiGraph()
    flow.add_nodes_from(box.id for box in diagram.boxes)
    flow.add_edges_from((whole, part) for part, whole in diagram.links)
    while not nx.is_directed_acyclic_graph(flow):
        flow.remove_edge(*list(nx.find_cycle(flow))[-1])
    depths: dict[str, int] = {}
    for id in nx.topological_sort(flow):
        depths[id] = max((depths[whole] + 1 for whole in flow.predecessors(id)), default=0)
    columns = _Columns([[] for _ in range(max(depths.values()) + 1)], {}, dict(heights))
    _fill(columns, flow, depths)
    _untangle(columns)
    return columns


def _fill(columns: _Columns, flow: nx.DiGraph[str], depths: Mapping[str, int]) -> None:
    """Boxes in columns, in the order of a walk from the product; slots for long links."""
    roots = [id for id in flow if depths[id] == 0]
    walk = dict.fromkeys(id for root in roots for id in nx.dfs_preorder_nodes(flow, root))
    for id in walk:
        columns.order[depths[id]].append(id)
        wholes = list(flow.predecessors(id))
        nearest = min((depths[whole] for whole in wholes), default=depths[id])
        way = [id] + [f"{id}@{depth}" for depth in range(depths[id] - 1, nearest, -1)]
        for depth, slot in zip(range(depths[id] - 1, nearest, -1), way[1:], strict=True):
            columns.order[depth].append(slot)
            columns.heights[slot] = SLOT
        for step, place in enumerate(way):
            here = depths[id] - step - 1
            columns.wholes[place] = [whole for whole in wholes if depths[whole] == here]
            columns.wholes[place] += way[step + 1 : step + 2]


def _untangle(columns: _Columns) -> None:
    """Order every column by the mean place of its neighbours, back and forth."""
    parts = columns.parts()
    for sweep in range(SWEEPS):
        forth = sweep % 2 == 0
        for column in columns.order[1:] if forth else columns.order[-2::-1]:
            places = {id: p for other in columns.order for p, id in enumerate(other)}
            sizes = {id: len(other) for other in columns.order for id in other}
            near = columns.wholes if forth else parts
            means = {id: _mean(id, near.get(id, ()), places, sizes) for id in column}
            column.sort(key=means.__getitem__)


def _mean(
    id: str, near: Sequence[str], places: Mapping[str, int], sizes: Mapping[str, int]
) -> float:
    if not near:
        return (places[id] + 0.5) / sizes[id]
    return sum((places[other] + 0.5) / sizes[other] for other in near) / len(near)


def _middles(columns: _Columns) -> dict[str, float]:
    """Heights of the middles: as level with the linked boxes as the order allows."""
    parts = columns.parts()
    middles = {id: 0.0 for column in columns.order for id in column}
    for column in columns.order:
        middles |= _spread(column, columns.heights, middles)
    fullest = max(range(len(columns.order)), key=lambda d: len(columns.order[d]))
    for _ in range(SWEEPS):
        for column in columns.order[fullest + 1 :]:
            middles |= _spread(column, columns.heights, _level(column, columns.wholes, middles))
        for column in reversed(columns.order[:fullest]):
            middles |= _spread(column, columns.heights, _level(column, parts, middles))
        column = columns.order[fullest]
        middles |= _spread(column, columns.heights, _level(column, columns.wholes, middles))
    return middles


def _level(
    column: Sequence[str], near: Mapping[str, Sequence[str]], middles: Mapping[str, float]
) -> dict[str, float]:
    level = {}
    for id in column:
        others = [middles[other] for other in near.get(id, ())]
        level[id] = sum(others) / len(others) if others else middles[id]
    return level


def _spread(
    column: Sequence[str], heights: Mapping[str, float], wanted: Mapping[str, float]
) -> dict[str, float]:
    """Middles nearest to the wanted ones (least squares) that keep order and distance."""
    from scipy.optimize import isotonic_regression

    offsets, reach = [], 0.0
    for above, id in zip([None, *column[:-1]], column, strict=True):
        reach += (heights[above] + heights[id]) / 2 + GAP if above else 0.0
        offsets.append(reach)
    levels = isotonic_regression(
        [wanted[id] - offset for offset, id in zip(offsets, column, strict=True)]
    ).x.tolist()
    return {id: level + off for id, level, off in zip(column, levels, offsets, strict=True)}


def _paths(
    diagram: Diagram,
    columns: _Columns,
    lefts: Mapping[str, float],
    middles: Mapping[str, float],
) -> tuple[Path, ...]:
    tones = {box.id: box.tone for box in diagram.boxes}
    depths = {id: d for d, column in enumerate(columns.order) for id in column}
    paths = []
    for part, whole in diagram.links:
        slots = [f"{part}@{d}" for d in range(depths[part] - 1, depths[whole], -1)]
        points = [(lefts[part] + WIDTH, middles[part])]
        for slot in slots:
            points += [(lefts[slot], middles[slot]), (lefts[slot] + WIDTH, middles[slot])]
        points.append((lefts[whole], middles[whole]))
        paths.append(Path(tones[part], tuple(points)))
    return tuple(paths)
