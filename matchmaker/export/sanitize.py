"""Sanitize: the one gate before every writer; a plain, sorted graph without secrets."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from math import isfinite
from typing import Any, TypeAlias

import networkx as nx
import numpy as np

from matchmaker.codebook import tables
from matchmaker.errors import BadValueError
from matchmaker.model import Cell

Scalar: TypeAlias = str | int | float | bool
Attributes: TypeAlias = dict[str, Scalar]

RESERVED = frozenset(
    {"id", "key", "source", "target", "type", "start", "end", "viz", "parents", "pid", "slices"}
    | {"spells", "networkx_key", "node_default", "edge_default"}
)
"""Attribute names that a file format uses for itself; they get a trailing underscore."""

_EACH = "_each"
"""Ends the name of an attribute that was a mapping by free texts."""

REJECTED = "rejected"
"""Kind of the edges that say whom a person rejected."""

_ILLEGAL = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 (section 2.2) does not allow in a text."""


Show: TypeAlias = Callable[[str], str | None]
"""The name under which an attribute is shown; None where it stays inside."""


def sanitize(graph: nx.MultiDiGraph[str], *, secrets: bool = False) -> nx.MultiDiGraph[str]:
    """Copy a graph into the form that every format can hold.

    Attributes become text, whole numbers, numbers or booleans, of one type a name; mappings
    become several attributes (`a_b`), or one text (`a_each`) when they go by free texts such
    as ids; sequences become one text; missing and infinite values are dropped. Nodes, edges and
    attributes are sorted. With secrets, edge keys are the ids of rows, made unique; without,
    they are running numbers, for an id has a digest of what its row says, of the supplier too,
    and who guesses that can check the guess.

    Parameters
    ----------
    graph
        As `build_graph` makes it.
    secrets
        Keep what the codebook calls secret: every price, rate and cost, suppliers, contacts; and
        whom people rejected.

    Raises
    ------
    BadValueError
        When an attribute is of another kind, or two nodes or edges differ only in illegal
        characters.
    """
    show = _show_all if secrets else _show_public
    shown = [
        edge
        for edge in graph.edges(keys=True, data=True)
        if secrets or edge[3].get("edge") != REJECTED
    ]
    numbers = {} if secrets else _numbered(shown)
    references = {key: number for (*_, key), number in numbers.items() if ":" in key}
    show_edge = show if secrets else _renamed(references)
    nodes = {_clean(node): _attributes(data, show) for node, data in graph.nodes(data=True)}
    edges = {
        (_clean(one), _clean(other), numbers.get((one, other, key), _clean(key))): _attributes(
            data, show_edge
        )
        for one, other, key, data in shown
    }
    if (len(nodes), len(edges)) != (len(graph), len(shown)):
        raise BadValueError(
            "Node ids and edge keys have to differ in more than control characters."
        )
    _unify(nodes.values())
    _unify(edges.values())
    # What is open stands at its edges and items; of the graph, how much.
    settings = {**graph.graph, "conditions": len(graph.graph.get("conditions", ())) or None}
    return _sorted(_attributes(settings, show), nodes, edges)


def _show_all(name: str) -> str:
    return name


def _show_public(name: str) -> str | None:
    return None if is_secret(name) else name


def _renamed(references: Mapping[str, str]) -> Show:
    """Show what is no secret, edges that a name speaks of by their numbers: `hours:edge:7`."""

    def show(name: str) -> str | None:
        if is_secret(name):
            return None
        if name in references:
            return references[name]
        field, _, id = name.partition(":")
        return f"{field}:{references[id]}" if id in references else name

    return show


def _numbered(
    edges: Iterable[tuple[str, str, str, Mapping[str, object]]],
) -> dict[tuple[str, str, str], str]:
    """Numbers of edges by source, target and key, in an order that their keys have no say in.

    What goes by ids of other edges (`…_each`) has none either.
    """

    def public(edge: tuple[str, str, str, Mapping[str, object]]) -> tuple[str, ...]:
        source, target, key, data = edge
        own = _attributes(data, _show_public).items()
        told = [item for item in own if not item[0].endswith(_EACH)]
        return source, target, json.dumps(told, ensure_ascii=False), key

    ordered = sorted(edges, key=public)
    return {edge[:3]: f"edge:{number}" for number, edge in enumerate(ordered, start=1)}


def _sorted(
    about: Attributes, nodes: dict[str, Attributes], edges: dict[tuple[str, str, str], Attributes]
) -> nx.MultiDiGraph[str]:
    plain: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    plain.graph.update(about)
    plain.add_nodes_from(sorted(nodes.items()))
    used = Counter(key for _, _, key in edges)
    for source, target, key in sorted(edges):
        unique = key if used[key] == 1 else f"{source}→{target}:{key}"
        plain.add_edge(source, target, unique)
        plain.edges[source, target, unique].update(edges[source, target, key])
    return plain


def _attributes(data: Mapping[str, object], show: Show) -> Attributes:
    plain = _plain(data, show) or {}
    parts = (part for key in plain for part in _flat(key, plain[key]))
    flat = {name: value for name, value in parts if show(name) is not None}
    return {f"{name}_" if name in RESERVED else name: flat[name] for name in sorted(flat)}


def _plain(value: object, show: Show) -> Any:
    """Value as nested dicts, lists and scalars, without gaps; None when nothing is left."""
    if isinstance(value, Mapping):
        items = {
            _clean(name): _plain(value[key], show)
            for key in sorted(value, key=str)
            if (name := show(str(key))) is not None
        }
        return {key: item for key, item in items.items() if item is not None} or None
    if isinstance(value, tuple | list | set | frozenset):
        ordered = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        members = [_plain(member, show) for member in ordered]
        return [member for member in members if member is not None] or None
    return _scalar(value)


def _scalar(value: object) -> Scalar | None:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str | Cell):
        return _clean(value)
    if isinstance(value, float):
        return value if isfinite(value) else None
    if value is None or isinstance(value, bool | int):
        return value
    raise BadValueError(
        "Attributes are texts, numbers, booleans, cells, or mappings and sequences of them; "
        f"this one is a {type(value).__name__}: {value!r}."
    )


def _clean(value: object) -> str:
    text = str(value).replace("\r\n", "\n").replace("\r", "\n")
    return _ILLEGAL.sub("", text)


def _flat(name: str, value: Any) -> Iterator[tuple[str, Scalar]]:
    """Name and value of the attributes that a value becomes."""
    if not isinstance(value, dict):
        yield name, _text(value) if isinstance(value, list) else value
    elif all(key.isidentifier() for key in value):
        for key, item in value.items():
            yield from _flat(f"{name}_{key}", item)
    else:
        yield f"{name}{_EACH}", _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, dict | list):
        return str(value)
    if any(isinstance(member, dict | list) for member in _members(value)):
        return json.dumps(value, ensure_ascii=False)
    texts = map(_text, _members(value))
    if isinstance(value, dict):
        return "; ".join(f"{key} = {text}" for key, text in zip(value, texts, strict=True))
    return "; ".join(texts)


def _members(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


def _unify(rows: Iterable[Attributes]) -> None:
    """Give every attribute one type: whole numbers beside others become numbers, a mix text.

    Labels are always text, as GEXF has them.
    """
    kinds: dict[str, set[type]] = {}
    for row in rows:
        for name, value in row.items():
            kinds.setdefault(name, set()).add(type(value))
    mixed = {
        name: float if kind <= {int, float} else _text
        for name, kind in kinds.items()
        if len(kind) > 1
    }
    mixed["label"] = _text
    for row in rows:
        for name in mixed.keys() & row.keys():
            row[name] = mixed[name](row[name])


def is_secret(name: str) -> bool:
    """Whether an attribute of that name tells what the codebook calls secret.

    A name that merely contains a secret word counts too, unless it is a public field.

    >>> is_secret("offer_price"), is_secret("rate:capability:7"), is_secret("free_hours")
    (True, True, False)
    """
    pattern, public = _secrets()
    return name not in public and pattern.search(name.casefold()) is not None


@cache
def _secrets() -> tuple[re.Pattern[str], frozenset[str]]:
    fields = [field for table in tables().values() for field in table.fields]
    secret = {field.name for field in fields if field.secret}
    words, edge = "|".join(sorted(secret)), "[^a-z]"
    public = frozenset(field.name for field in fields) - secret
    return re.compile(f"(^|{edge})({words})s?({edge}|$)"), public
