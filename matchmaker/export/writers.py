"""Writers: one function a format, all of the same signature, over a sanitized graph."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Mapping
from io import BytesIO, StringIO
from pathlib import Path

import networkx as nx

from matchmaker.errors import BadValueError
from matchmaker.export.files import csv_paths, write_atomically
from matchmaker.export.sanitize import Scalar, sanitize


def write_graph(
    graph: nx.MultiDiGraph[str],
    path: Path | str,
    *,
    format: str | None = None,
    secrets: bool = False,
) -> None:
    """Write a graph to a file that other programs read, whole or not at all.

    Parameters
    ----------
    graph
        As `build_graph` makes it; it stays unchanged.
    path
        The file; for CSV the name from which `csv_paths` makes two, or a folder.
    format
        One of `FORMATS`; by default the suffix of the path.
    secrets
        Write prices, rates, suppliers and contacts too.

    Raises
    ------
    BadValueError
        When there is no such format.
    """
    path = Path(path)
    name = format or path.suffix.lstrip(".").lower()
    if name not in WRITERS:
        raise BadValueError(
            f"There is no graph format {name!r}; name the file or the format after one of: "
            f"{', '.join(FORMATS)}."
        )
    WRITERS[name](sanitize(graph, secrets=secrets), path)


def write_graphml(graph: nx.MultiDiGraph[str], path: Path) -> None:
    """Write GraphML, as yEd, Gephi and igraph read it."""
    buffer = BytesIO()
    nx.write_graphml_xml(graph, buffer)
    write_atomically(path, buffer.getvalue())


def write_gexf(graph: nx.MultiDiGraph[str], path: Path) -> None:
    """Write GEXF 1.2 as Gephi reads it; the format has no attributes of the whole graph."""
    bare: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    bare.add_nodes_from(graph.nodes(data=True))
    for source, target, key, data in graph.edges(keys=True, data=True):
        bare.add_edge(source, target, key, id=key)
        bare.edges[source, target, key].update(data)
    buffer = BytesIO()
    nx.write_gexf(bare, buffer)
    undated = re.sub(rb' lastmodifieddate="[^"]*"', b"", buffer.getvalue(), count=1)
    unnamed = undated.replace(b' name=""', b"", 1)  # networkx adds it, the schema forbids it
    write_atomically(path, unnamed)


def write_json(graph: nx.MultiDiGraph[str], path: Path) -> None:
    """Write node-link JSON, as networkx and D3 read it."""
    document = nx.node_link_data(graph, edges="edges")
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)
    write_atomically(path, f"{text}\n".encode())


def write_csv(graph: nx.MultiDiGraph[str], path: Path) -> None:
    """Write a table of nodes and one of edges, UTF-8 with the mark that Excel needs."""
    nodes = [{"id": node} | data for node, data in graph.nodes(data=True)]
    edges = [
        {"source": source, "target": target, "key": key} | data
        for source, target, key, data in graph.edges(keys=True, data=True)
    ]
    nodes_path, edges_path = csv_paths(path)
    write_atomically(nodes_path, _table(["id", "node", "label"], nodes))
    write_atomically(edges_path, _table(["source", "target", "key", "edge"], edges))


def _table(first: list[str], rows: Iterable[Mapping[str, Scalar]]) -> bytes:
    names = [*first, *sorted({name for row in rows for name in row} - set(first))]
    buffer = StringIO(newline="")
    table = csv.writer(buffer, lineterminator="\n")
    table.writerow(map(_harmless, names))
    table.writerows([_harmless(row.get(name, "")) for name in names] for row in rows)
    return buffer.getvalue().encode("utf-8-sig")


def _harmless(value: Scalar) -> Scalar:
    """Keep a spreadsheet from running a text as a formula.

    References
    ----------
    OWASP, CSV injection.
    """
    risky = isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t"))
    return f"'{value}" if risky else value


WRITERS: dict[str, Callable[[nx.MultiDiGraph[str], Path], None]] = {
    "graphml": write_graphml,
    "gexf": write_gexf,
    "json": write_json,
    "csv": write_csv,
}
"""Format → function that writes a sanitized graph."""

FORMATS = tuple(WRITERS)
"""Names of the formats, which are also the suffixes of their files."""
