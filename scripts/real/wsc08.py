#!/usr/bin/env python
"""Solve a set of the Web Service Challenge 2008: the fewest services, with a proof.

    scripts/real/wsc08.py DIR [--stages min|any] [--front] [--json]

DIR holds `taxonomy.xml`, `services.xml` and `problem.xml`. An output serves an input when its
concept is the input's or stands below it in the taxonomy. Seconds count trimming and
solving, not the reading of the files.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import click
from defusedxml.ElementTree import parse

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scripts.real.services import Composition, Service, compose_services, fewest_stages

Task = tuple[list[Service], frozenset[str], frozenset[str]]


def read_task(folder: Path) -> Task:
    """Services, concepts provided and concepts wanted of a challenge set."""
    concept_of, above = _read_taxonomy(parse(folder / "taxonomy.xml").getroot())

    def concepts(element: Element | None) -> frozenset[str]:
        return frozenset(concept_of[i.attrib["name"]] for i in element or ())

    def closure(element: Element | None) -> frozenset[str]:
        return frozenset().union(*(above[concept] for concept in concepts(element)))

    services = [
        Service(s.attrib["name"], concepts(s.find("inputs")), closure(s.find("outputs")))
        for s in parse(folder / "services.xml").getroot()
    ]
    task = parse(folder / "problem.xml").getroot().find("task")
    return services, closure(task.find("provided")), concepts(task.find("wanted"))


def _read_taxonomy(root: Element) -> tuple[dict[str, str], dict[str, frozenset[str]]]:
    """Concept of each instance; each concept with all that it stands below."""
    concept_of: dict[str, str] = {}
    above: dict[str, frozenset[str]] = {}
    waiting: list[tuple[Element, frozenset[str]]] = [(root, frozenset())]
    while waiting:
        parent, line = waiting.pop()
        for child in parent:
            name = child.attrib["name"]
            if child.tag == "concept":
                above[name] = line | {name}
                waiting.append((child, above[name]))
            else:
                concept_of[name] = parent.attrib["name"]
    return concept_of, above


def solve(task: Task, stages: str) -> Composition | None:
    """Fewest services in any number of stages, or in the least number."""
    if stages == "any":
        return compose_services(*task)
    least = fewest_stages(*task)
    return None if least is None else compose_services(*task, stages=least)


def front(task: Task) -> list[tuple[int, int]]:
    """Every (stages, services) that no other beats in both, the fewest stages first."""
    least, cheapest = fewest_stages(*task), compose_services(*task)
    points: list[tuple[int, int]] = []
    if least is None or cheapest is None:
        return points
    for limit in range(least, len(task[0]) + 1):
        found = compose_services(*task, stages=limit)
        if found and (not points or found.operations < points[-1][1]):
            points.append((limit, found.operations))
        if points[-1][1] == cheapest.operations:
            break
    return points


@click.command(help=__doc__)
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False))
@click.option("--stages", type=click.Choice(["min", "any"]), default="any", show_default=True)
@click.option("--front", "with_front", is_flag=True, help="Also the exact front of both.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def main(folder: str, stages: str, with_front: bool, as_json: bool) -> None:
    """Print the answer for one set; exit code 3 when there is none."""
    task = read_task(Path(folder))
    start = time.perf_counter()
    found = solve(task, stages)
    document: dict[str, Any] = {
        "operations": found and found.operations,
        "bound": found and found.bound,
        "stages": found and len(found.stages),
        "status": found.status if found else "INFEASIBLE",
        "seconds": round(time.perf_counter() - start, 4),
        "services": [list(stage) for stage in found.stages] if found else [],
    }
    if with_front:
        document["front"] = front(task)
    if as_json:
        click.echo(json.dumps(document))
    else:
        for name, value in document.items():
            click.echo(f"{name}: {value}")
    sys.exit(0 if found else 3)


if __name__ == "__main__":
    main()
