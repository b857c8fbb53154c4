"""Dossier: one self-contained HTML page of everything found, to read, print and defend.

Last file of the room. The page holds its style and drawings, asks nobody for anything,
and is the same bytes for the same findings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from matchmaker.chains import Chain, Result
from matchmaker.codebook import (
    LANGUAGES,
    format_day,
    format_money,
    format_number,
    format_price,
    format_share,
    say,
)
from matchmaker.errors import BadValueError
from matchmaker.export import write_atomically
from matchmaker.recommend import Recommendation
from matchmaker.report.advice import invitations
from matchmaker.report.charts import flow_chart, mark, share_bar, value_bar
from matchmaker.report.names import Names
from matchmaker.report.outsiders import public_section
from matchmaker.report.view import view_section

CLUSTER = "cluster"
OUTSIDERS = "outsiders"
TEMPLATES = {CLUSTER: "dossier.html.j2", OUTSIDERS: "outsiders.html.j2"}
"""Template by whom a dossier is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """What a dossier shows; the writer adds nothing and solves nothing.

    Attributes
    ----------
    results
        Answers of `compose_chains`, in the order of the page.
    chains
        Best chains with their runners-up, from `explain_alternatives`; found by their ids.
    members
        Answer of `recommend_members`, for all the results' demands together.
    stated_import_share
        Imported part of today's consumption by item id, in [0, 1], as the manager states it.
    notes
        Sentences for the box at the top, such as that the enterprises are invented.
    cluster, prepared_by
        Name of the cluster, and of who prepared the page; "" leaves a line out. The day at which
        certificates were judged is that of the results.
    audience
        "cluster", or "outsiders", who see shares and structure but no prices, rates, costs or
        contacts, nor what gives them away.
    """

    results: Sequence[Result]
    chains: Sequence[Chain] = ()
    members: Sequence[Recommendation] = ()
    stated_import_share: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    notes: Sequence[str] = ()
    cluster: str = ""
    prepared_by: str = ""
    audience: str = CLUSTER

    def __post_init__(self) -> None:
        if not self.results:
            raise BadValueError("Expected at least one result, found none.")
        if self.audience not in TEMPLATES:
            raise BadValueError(
                f"Expected an audience of {', '.join(TEMPLATES)}, found {self.audience!r}."
            )
        for item, share in self.stated_import_share.items():
            if not 0 <= share <= 1:
                raise BadValueError(
                    f"Expected an import share in [0, 1] for {item}, found {share}."
                )


def write_dossier(
    findings: Result | Sequence[Result] | Dossier, path: str | Path, *, lang: str = "ru"
) -> None:
    """Write the dossier of one or several results as one HTML file.

    It names enterprises and prices: for the cluster's manager and experts, not for all, unless
    the audience of a `Dossier` is "outsiders".

    Parameters
    ----------
    findings
        A result, several, or a `Dossier` with runners-up, members and notes beside them.
    path
        File to write; it appears whole or not at all.
    lang
        "ru" or "en".

    Raises
    ------
    BadValueError
        When there is no result, or no such language.
    """
    write_atomically(Path(path), render_dossier(findings, lang=lang).encode())


def render_dossier(findings: Result | Sequence[Result] | Dossier, *, lang: str = "ru") -> str:
    """Text of the page that `write_dossier` writes."""
    if lang not in LANGUAGES:
        raise BadValueError(f"Expected a language of {', '.join(LANGUAGES)}, found {lang!r}.")
    dossier = _dossier(findings)
    sections = [
        view_section(
            result,
            lang,
            stated_import_share=dossier.stated_import_share,
            explained=dossier.chains,
        )
        for result in dossier.results
    ]
    names = Names(dossier.results[0], lang)
    shown: dict[str, Any] = {"lang": lang, "head": _head(dossier, lang)}
    if dossier.audience == OUTSIDERS:
        shown["sections"] = [public_section(section, names) for section in sections]
    else:
        shown |= {"sections": sections, "invitations": invitations(dossier.members, names)}
    return _environment(lang).get_template(TEMPLATES[dossier.audience]).render(shown)


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above everything: for whom, of which day, by whom, and what to mind."""

    cluster: str
    day: str
    prepared_by: str
    notes: Sequence[str]


def _head(dossier: Dossier, lang: str) -> Head:
    day = dossier.results[0].as_of
    return Head(dossier.cluster, format_day(day, lang), dossier.prepared_by, dossier.notes)


def _dossier(findings: Result | Sequence[Result] | Dossier) -> Dossier:
    if isinstance(findings, Dossier):
        return findings
    results = (findings,) if isinstance(findings, Result) else tuple(findings)
    return Dossier(results=results)


def _environment(lang: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("matchmaker.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    formats: dict[str, Callable[..., str]] = {
        "money": format_money,
        "number": format_number,
        "price": format_price,
        "share": format_share,
    }
    environment.filters |= {name: _in(lang, function) for name, function in formats.items()}
    environment.globals |= {
        "t": _teller(lang),
        "flow_chart": flow_chart,
        "mark": mark,
        "share_bar": share_bar,
        "value_bar": value_bar,
    }
    return environment


def _in(lang: str, function: Callable[..., str]) -> Callable[..., str]:
    return partial(function, lang=lang)


def _teller(lang: str) -> Callable[..., str]:
    def tell(key: str, **blanks: Any) -> str:
        return say(f"report.{key}", lang, **blanks)

    return tell
