"""Diagram: a chain as boxes of items with their makers, and links from part to whole.

Behind `names`; `layout` gives the boxes their places. Small purchases are grouped when
there are too many boxes to read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from matchmaker.chains import Chain, Result, Step
from matchmaker.codebook import TURNKEY
from matchmaker.graph import edges_of
from matchmaker.report.names import Names

READABLE = {"domestic": 14, "import": 40}
"""Boxes up to which every purchase of a tone keeps a box of its own."""

LISTED = 5
"""Items named in a box that stands for several."""

TONES = ("missing", "import", "domestic", "external", "interested", "member")
"""Tones of steps, the most pressing first."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a box; `learning` marks an enterprise that does not make the item today."""

    text: str
    amount: str = ""
    tone: str = ""
    learning: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """An item with those who bring it forth, or several small purchases together."""

    id: str
    title: str
    tone: str
    lines: tuple[Line, ...]
    hint: str


@dataclass(frozen=True, slots=True)
class Diagram:
    """Boxes, and links (part, whole) between their ids."""

    boxes: tuple[Box, ...]
    links: tuple[tuple[str, str], ...]


def chain_diagram(chain: Chain, names: Names) -> Diagram:
    """Diagram of a chain: each item once, purchases in groups where there are many."""
    steps: dict[str, list[Step]] = defaultdict(list)
    for step in chain.steps:
        steps[step.item].append(step)
    boxes = {item: _box(item, makers, names) for item, makers in steps.items()}
    links = tuple(_links(chain, names.result, set(boxes)))
    for tone, readable in READABLE.items():
        if len(boxes) > readable:
            boxes, links = _group(boxes, links, tone, names)
    return Diagram(tuple(boxes.values()), links)


def _box(item: str, steps: Sequence[Step], names: Names) -> Box:
    tones = {names.tone(step) for step in steps}
    return Box(
        id=item,
        title=names.label(item),
        tone=next(tone for tone in TONES if tone in tones) if len(tones) == 1 else "mixed",
        lines=tuple(_line(step, names) for step in steps),
        hint="\n".join(
            [names.label(item)]
            + [f"{names.maker(s)}: {names.quantity(s.quantity, s.unit)}" for s in steps]
        ),
    )


def _line(step: Step, names: Names) -> Line:
    learning = step.kind == "could_make"
    who = names.short(step.enterprise) if step.enterprise else names.maker(step)
    if learning:
        who = names.say("flow.learning", maker=who)
    return Line(who, names.quantity(step.quantity, step.unit), names.tone(step), learning)


def _links(chain: Chain, result: Result, shown: set[str]) -> Iterator[tuple[str, str]]:
    """Links from each part to the items that consume it, past what nobody assembles."""
    parts: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for part, item, _, edge in edges_of(result.graph, "part_of"):
        parts[item][edge["alternative"]].append(part)
    instead: dict[str, list[str]] = defaultdict(list)
    for substitute, item, _, _ in edges_of(result.graph, "substitutes"):
        instead[item].append(substitute)
    found: dict[tuple[str, str], None] = {}
    for step in chain.steps:
        if step.enterprise and step.alternative != TURNKEY:
            wanted = parts[step.item].get(step.alternative, [])
            for part in _resolve(wanted, parts, instead, shown):
                found[part, step.item] = None
    yield from found


def _resolve(
    wanted: Iterable[str],
    parts: Mapping[str, Mapping[str, Sequence[str]]],
    instead: Mapping[str, Sequence[str]],
    shown: set[str],
) -> Iterator[str]:
    """Items of the chain that stand behind the wanted ones: themselves, substitutes, parts."""
    waiting, seen = list(wanted), set(wanted)
    while waiting:
        item = waiting.pop(0)
        more = list(instead.get(item, ()))
        if item in shown:
            yield item
        else:
            more += [part for recipe in parts.get(item, {}).values() for part in recipe]
        waiting += [other for other in more if other not in seen]
        seen.update(more)


def _group(
    boxes: Mapping[str, Box], links: tuple[tuple[str, str], ...], tone: str, names: Names
) -> tuple[dict[str, Box], tuple[tuple[str, str], ...]]:
    """Draw purchases of one tone that go into the same items as one box."""
    wholes: dict[str, list[str]] = defaultdict(list)
    for part, whole in links:
        wholes[part].append(whole)
    composed = {whole for _, whole in links}
    together: dict[tuple[str, ...], list[Box]] = defaultdict(list)
    for box in boxes.values():
        if box.tone == tone and box.id not in composed and wholes[box.id]:
            together[tuple(sorted(wholes[box.id]))].append(box)
    groups = [_grouped(members, names) for members in together.values() if len(members) > 1]
    moved = {old: group.id for group in groups for old in group.id.split("+")}
    kept = {id: box for id, box in boxes.items() if id not in moved}
    kept |= {group.id: group for group in groups}
    return kept, tuple(dict.fromkeys((moved.get(part, part), whole) for part, whole in links))


def _grouped(boxes: Sequence[Box], names: Names) -> Box:
    first = boxes[0]
    shown = [Line(box.title) for box in boxes[:LISTED]]
    if len(boxes) > LISTED:
        shown.append(Line(names.say("flow.more", number=len(boxes) - LISTED)))
    return replace(
        first,
        id="+".join(box.id for box in boxes),
        title=names.say(f"flow.group.{first.tone}", number=len(boxes)),
        lines=tuple(shown),
        hint="\n".join(box.hint.replace("\n", " – ", 1) for box in boxes),
    )
