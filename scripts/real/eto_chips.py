#!/usr/bin/env python3
r"""Run the main job on the chip supply chain of ETO/CSET: real organisations, real composition.

    scripts/real/eto_chips.py ../shared/data/real/eto_chips --cluster NLD --interested KOR,TWN

DIR holds inputs.csv, providers.csv, provision.csv and sequence.csv. They are written as
survey and catalogue files, read back, stored, matched and graphed like any other survey.

How the words are read:

\b
- Items are all rows of inputs.csv; one unit is 1 % of the world's yearly output.
- `goes_into` is the bill of materials: all components are needed (AND), quantity 1 each.
  A component of several items is so needed once for each of them.
- `is_type_of` is a substitute: the child stands for the parent (OR), ratio 1.
- The final product is the item of type ultimate_output; where there is none, every item
  that goes into nothing and is a type of nothing.
- An item without any provider in the whole file, but with components or types, is put
  together in the cluster without a separate organisation (a phantom). An item that only
  countries provide is no phantom: somebody makes it, but nobody is known by name.
- A provider of an item that has components consumes them all.
- Enterprises are the providers of type organization. Those of --cluster are members, those
  of --interested may be invited, all others are external: known, never used.
- Countries are ISO codes of two or three letters, or names. Organisations whose country is
  empty or not a country are in no cluster; the word `unknown` in a list asks for them.
- A provision row is an offer. Its world share is the capacity; an empty one is a capacity
  not stated, taken as sufficient; 0 is a capacity of nothing. Of repeated rows the largest
  stated share counts.
- There are no prices: every offer counts 1 RUB per unit, nominal, and nothing can be bought.
  So the goal comes down to coverage: the product delivered, the least left missing in it, then
  the fewest units made. A missing unit counts 1 RUB more than its components together, and
  no less than the cheapest type of it.

What is answered: `chains` are the best of members and interested organisations together;
`gaps` are what the members alone leave missing, with who could close them; `members` ranks
whom to invite. What was left out is counted on standard error, and in `skipped`.

Exit codes: 0 done, 1 unreadable data, 2 usage, 3 nothing can be delivered.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import pandas as pd
from tabulate import tabulate

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts" / "real")]

from eto_layout import (  # noqa: E402
    SKIPS,
    UNKNOWN,
    Layout,
    Question,
    country_of,
    read_layout,
    slug,
    survey_frames,
)

from matchmaker.chains import Chain, Demand, Gap, Limits, Result, compose_chains  # noqa: E402
from matchmaker.codebook import describe, find_country  # noqa: E402
from matchmaker.graph import build_graph  # noqa: E402
from matchmaker.matching import find_matches  # noqa: E402
from matchmaker.model import Dataset, Issue, Role  # noqa: E402
from matchmaker.recommend import Recommendation, recommend_members  # noqa: E402
from matchmaker.store import Store  # noqa: E402
from matchmaker.survey import read_survey, write_survey  # noqa: E402

SCHEMA_VERSION = 1
MEMBERS = Limits(roles=frozenset({Role.MEMBER}))
TOGETHER = Limits(roles=frozenset({Role.MEMBER, Role.INTERESTED}))


def store_survey(frames: Mapping[str, pd.DataFrame], out: Path) -> tuple[Dataset, list[Issue]]:
    """Write the files, read them back, keep them in a new store, and take its snapshot."""
    write_survey(frames, out / "survey", lang="en")
    survey, issues = read_survey(out / "survey")
    path = out / "cluster.db"
    path.unlink(missing_ok=True)
    with Store(path, create=True) as store:
        store.add(survey, issues)
        return store.snapshot(), issues


class Answer:
    """What was found, told in the names of the layout."""

    def __init__(self, layout: Layout, question: Question, data: Dataset) -> None:
        self.layout, self.question = layout, question
        self.items = {f"item:{slug(id)}": id for id in layout.inputs}
        table = data.table("demands")
        self.demands = [Demand(*row) for row in table[["item", "quantity"]].to_numpy().tolist()]
        self.graph = build_graph(data, find_matches(data), [d.item for d in self.demands])

    def document(self) -> dict[str, Any]:
        """Everything that `--json` prints."""
        result = self._compose(TOGETHER, self.question.k)
        alone = self._compose(MEMBERS, 1)
        return {
            "schema_version": SCHEMA_VERSION,
            "final": [self._item(d.item) | {"quantity": d.quantity} for d in self.demands],
            "cluster": self._group(self.question.cluster),
            "interested": self._group(self.question.interested),
            "status": result.status,
            "chains": [self._chain(chain) for chain in result.chains],
            "gaps": self._gaps(alone.chains[0].gaps if alone.chains else alone.gaps),
            "members": [self._member(one) for one in self._advice()],
            "skipped": {code: self.layout.skipped[code] for code in SKIPS},
        }

    def _compose(self, limits: Limits, k: int) -> Result:
        return compose_chains(self.graph, self.demands, k=k, limits=limits)

    def _advice(self) -> list[Recommendation]:
        if not self.question.interested:
            return []
        return recommend_members(self.graph, self.demands, invite=self.question.invite)

    def _group(self, countries: frozenset[str]) -> dict[str, Any]:
        firms = {
            id for id, row in self.layout.organisations.items() if country_of(row) in countries
        }
        items = {item for firm, item in self.layout.shares if firm in firms}
        offers = sum(firm in firms for firm, _ in self.layout.shares)
        return {
            "countries": sorted({self.layout.organisations[firm]["country"] for firm in firms}),
            "organisations": len(firms),
            "offers": offers,
            "items": len(items),
        }

    def _item(self, node: str) -> dict[str, Any]:
        id = self.items[node]
        return {"item": node, "name": self.layout.inputs[id]["input_name"], "input_id": id}

    def _firm(self, node: str) -> dict[str, Any]:
        row = self.layout.organisations[node.removeprefix("firm:")]
        role = self.question.role(country_of(row))
        name, country = row["provider_name"], row["country"]
        return {"enterprise": node, "name": name, "country": country, "role": role}

    def _chain(self, chain: Chain) -> dict[str, Any]:
        steps = [
            self._firm(step.enterprise)
            | {"item": step.item, "item_name": self._item(step.item)["name"]}
            | {"input_id": self.items[step.item]}
            | {"quantity": step.quantity, "capacity": step.capacity}
            for step in chain.steps
            if step.enterprise
        ]
        return {
            "rank": chain.rank,
            "id": chain.id,
            "status": chain.status,
            "missing_value": chain.missing_value,
            "stages": [asdict(stage) for stage in chain.stages],
            "cost": chain.cost,
            "enterprises": [self._firm(firm) for firm in chain.enterprises],
            "steps": steps,
            "gaps": self._gaps(chain.gaps),
        }

    def _gaps(self, gaps: Sequence[Gap]) -> list[dict[str, Any]]:
        return [
            self._item(gap.item)
            | {
                "quantity": gap.quantity,
                "value": gap.value,
                "reasons": [
                    {"code": code} | (self._firm(firm) if firm else {})
                    for code, firm in gap.reasons
                ],
            }
            for gap in gaps
        ]

    def _member(self, advice: Recommendation) -> dict[str, Any]:
        contributions = [
            self._item(part.subject) | {"value": part.value} for part in advice.contributions
        ]
        return (
            {"rank": advice.rank, **self._firm(advice.subject), "value": advice.value}
            | advice.figures
            | {"invited": bool(advice.figures["invited"]), "contributions": contributions}
        )


def tell(document: Mapping[str, Any]) -> None:
    """Print the answer as tables for people."""
    finals = ", ".join(f"{f['name']} ({f['quantity']:g} % of the world)" for f in document["final"])
    click.echo(f"Final product: {finals}")
    for group in ("cluster", "interested"):
        found = document[group]
        countries = ", ".join(found["countries"]) or "–"
        click.echo(
            f"{group.capitalize()}: {countries}: {found['organisations']} organisations, "
            f"{found['offers']} offers of {found['items']} items"
        )
    for chain in document["chains"]:
        click.echo(
            f"\nChain {chain['rank']} ({chain['id']}, {chain['status']}): missing value "
            f"{chain['missing_value']:g}, "
            f"{len(chain['enterprises'])} organisations, {len(chain['gaps'])} gaps"
        )
        print_table(
            chain["steps"],
            {"name": "Organisation", "country": "Country", "input_id": "Id", "item_name": "Item"}
            | {"quantity": "Quantity, %", "capacity": "Capacity, %"},
        )
    tell_gaps(document["gaps"])
    tell_members(document["members"])


def print_table(rows: Iterable[Mapping[str, Any]], headings: Mapping[str, str]) -> None:
    """Print rows as a table: only the columns that have a heading."""
    cells = [[row[key] for key in headings] for row in rows]
    click.echo(tabulate(cells, headers=list(headings.values()), floatfmt="g"))


def tell_gaps(gaps: Sequence[Mapping[str, Any]]) -> None:
    """Print what the members alone leave missing."""
    click.echo(f"\nGaps of the cluster alone: {len(gaps)}")
    rows = [{**gap, "closers": closers(gap)} for gap in gaps]
    headings = {"input_id": "Id", "name": "Item", "quantity": "Quantity, %", "closers": "Why"}
    print_table(rows, headings)


def closers(gap: Mapping[str, Any]) -> str:
    """Reasons of a gap in a few words."""
    roles = Counter(f"{r['role']} {r['code']}" for r in gap["reasons"] if "role" in r)
    names = [r["name"] for r in gap["reasons"] if r.get("role") == Role.INTERESTED]
    counts = ", ".join(f"{count} {role}" for role, count in sorted(roles.items()))
    shown = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
    return (f"{counts}: {shown}" if shown else counts) or "nobody known by name"


def tell_members(members: Sequence[Mapping[str, Any]]) -> None:
    """Print whom to invite: everybody who is worth anything."""
    useful = [one for one in members if one["value"] or one["alone"]]
    click.echo(f"\nWhom to invite: {len(useful)} of {len(members)} interested close anything")
    rows = [
        {**one, "closes": parts_of(one, 1), "opens": parts_of(one, -1), "invited": yes(one)}
        for one in useful
    ]
    headings = {"rank": "Rank", "invited": "Invite", "name": "Organisation", "country": "Country"}
    headings |= {"value": "Value", "alone": "Alone"}
    print_table(rows, headings | {"closes": "Closes", "opens": "Asks for"})


def yes(member: Mapping[str, Any]) -> str:
    """Mark of those to invite."""
    return "yes" if member["invited"] else ""


def parts_of(member: Mapping[str, Any], sign: int) -> str:
    """Items that an organisation closes (sign 1), or asks for to make others (-1)."""
    return ", ".join(p["name"] for p in member["contributions"] if p["value"] * sign > 0)


def say_skipped(layout: Layout, issues: Iterable[Issue]) -> None:
    """Say on standard error what was left out and what the survey reader found."""
    for code, text in SKIPS.items():
        if count := layout.skipped[code]:
            click.echo(f"{count} {text}", err=True)
    for issue in issues:
        place = f"{issue.file} {issue.row}{issue.column}"
        click.echo(f"{place}: {' '.join(describe(issue, 'en'))}", err=True)


def countries_of(text: str, layout: Layout) -> frozenset[str]:
    """Country codes of a list such as `NLD,JPN`.

    Raises
    ------
    click.UsageError
        When one is no country, or no organisation of the file is there.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    codes = {w: UNKNOWN if w == "unknown" else find_country(w) for w in words}
    present = {country_of(row): row["country"] for row in layout.organisations.values()}
    absent = sorted(word for word, code in codes.items() if code not in present)
    if absent:
        known = ", ".join(sorted(name for code, name in present.items() if code != UNKNOWN))
        raise click.UsageError(f"No organisation in {', '.join(absent)}; some in: {known}.")
    return frozenset(code for code in codes.values() if code)


def run(layout: Layout, question: Question, out: Path) -> tuple[dict[str, Any], list[Issue]]:
    """Write, read, store, match and answer; the files stay in `out`."""
    data, issues = store_survey(survey_frames(layout, question), out)
    found = Counter(f"survey-{issue.code}" for issue in issues)
    document = Answer(layout, question, data).document()
    document["skipped"] |= dict(sorted(found.items()))
    return rounded(document), issues


def rounded(value: Any) -> Any:
    """Value with its numbers freed of the noise of the solver and of units per month."""
    if isinstance(value, float):
        return round(value, 9)
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    return [rounded(inner) for inner in value] if isinstance(value, list) else value


@click.command(help=(__doc__ or "").replace(r"\b", "\b"))
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False))
@click.option("--cluster", required=True, metavar="NLD[,JPN…]", help="Countries of the members.")
@click.option("--interested", default="", metavar="KOR,…", help="Countries that may be invited.")
@click.option(
    "--quantity",
    type=click.FloatRange(0, min_open=True),
    default=1.0,
    show_default=True,
    help="Demand, percent of the world's yearly output.",
)
@click.option(
    "--invite", type=click.IntRange(1), default=2, show_default=True, help="Invitations at most."
)
@click.option("-k", type=click.IntRange(1), default=3, show_default=True, help="How many chains.")
@click.option("--keep", type=click.Path(file_okay=False), help="Keep survey and database here.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def main(
    folder: str, cluster: str, interested: str, keep: str | None, *, as_json: bool, **numbers: Any
) -> None:
    """Answer for one cluster; see the top of the file."""
    try:
        layout = read_layout(Path(folder))
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    members, guests = countries_of(cluster, layout), countries_of(interested, layout)
    if not members or members & guests:
        raise click.UsageError("A cluster has members, and none of them is invited again.")
    question = Question(members, guests, **numbers)
    with TemporaryDirectory() as temporary:
        document, issues = run(layout, question, Path(keep or temporary))
    say_skipped(layout, issues)
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False))
    else:
        tell(document)
    if not document["chains"]:
        raise SystemExit(3)


if __name__ == "__main__":
    main()
