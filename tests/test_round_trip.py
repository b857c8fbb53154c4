"""Round trips: whatever form, language and order answers come in, the store holds the same."""

from __future__ import annotations

import random
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from matchmaker.codebook import LANGUAGES, country_names, find_country, tables
from matchmaker.model import PLACE
from matchmaker.store import Store
from matchmaker.survey import Known, answers_of, read_survey, write_survey, write_template
from tests.round_trip import WRITERS, shuffled_grids
from tests.test_survey import SLUGS, assert_same, errors, surveys

ASKED = {table.name for table in tables().values() if table.part == "survey"}


def stored(folder: Path) -> dict[str, list[tuple]]:
    """Rows of a store that took in a folder, without where they were read."""
    path = folder.with_suffix(".db")
    survey, issues = read_survey(folder)
    assert errors(issues) == []
    with Store(path, create=True) as store:
        store.add(survey, issues)
        frames = store.snapshot().frames
    plain = {name: frame.drop(columns=list(PLACE)).astype(object) for name, frame in frames.items()}
    return {
        name: list(frame.where(frame.notna(), None).itertuples(index=False, name=None))
        for name, frame in plain.items()
    }


@settings(max_examples=8, deadline=None)
@given(
    frames=surveys(),
    lang=st.sampled_from(LANGUAGES),
    form=st.sampled_from(sorted(WRITERS)),
    seed=st.integers(0, 999),
)
def test_any_order_language_and_form_gives_the_same_store(frames, lang, form, seed):
    with TemporaryDirectory() as folder:
        one, other = Path(folder) / "one", Path(folder) / "other"
        write_survey(frames, one)
        other.mkdir()
        grids = shuffled_grids(frames, lang, random.Random(seed))
        assume("cp1251" not in form or can_be_written(grids, "cp1251"))
        WRITERS[form](grids, other, lang)
        assert stored(one) == stored(other)


def can_be_written(grids, encoding: str) -> bool:
    text = "".join(str(value) for grid in grids.values() for row in grid for value in row)
    return text.encode(encoding, errors="ignore").decode(encoding) == text


@settings(max_examples=8, deadline=None)
@given(frames=surveys(names=sorted(ASKED - {"enterprises"})), lang=st.sampled_from(LANGUAGES))
def test_what_is_written_into_the_template_reads_as_it_was(frames, lang):
    answered = {name: frame for name, frame in frames.items() if name in ASKED and len(frame)}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "survey.xlsx"
        write_template(path, lang=lang, frames=answered)
        survey, issues = read_survey(path, known=Known(items=frozenset(SLUGS)))
    assert errors(issues) == []
    assert_same({name: survey.frames[name] for name in answered}, answered)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_demo_goes_through_the_template_and_changes_nothing(tmp_path, lang):
    demo = Path(__file__).parents[1] / "datasets" / "rehabilitation"
    with Store(tmp_path / "c.db", create=True) as store:
        store.add(*read_survey(demo / "survey.xlsx", demo / "catalogue"))
        before = store.snapshot()
        write_template(tmp_path / "again.xlsx", lang=lang, frames=answers_of(before))
        survey, issues = read_survey(tmp_path / "again.xlsx", known=store.known())
        counts = store.add(survey, issues).tables
    assert errors(issues) == []
    assert sum(one.unchanged for one in counts.values()) == 11 + 53 + 27 + 48 + 14
    assert all(one.new == one.changed == 0 for one in counts.values())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_country_on_the_list_is_understood(lang):
    assert len({find_country(name) for name in country_names(lang)}) == len(country_names(lang))
