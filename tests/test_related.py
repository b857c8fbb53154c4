"""Relatedness: a walk by hand, planted families, firms that were never asked, and real links."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from matchmaker.matching import find_matches, learn_relatedness, score_related, suggest_items
from matchmaker.matching.suppliers.co_production import DAMPING, FEATURES, FLOOR, make_structure
from tests.fixtures import make_dataset

ROOT = Path(__file__).parent.parent
CHIPS = ROOT.parent / "shared" / "data" / "real" / "eto_chips"

# Items 0 frame, 1 wheel, 2 battery; firm A makes 0 and 1, firm B 0, 1 and 2. No structure.
MADE = csr_matrix(np.array([[1.0, 1, 0], [1, 1, 1]]))


def plain(size: int, kinds: tuple[str, ...] = ()) -> object:
    return make_structure(np.zeros((size, size)), [], [], kinds or [""] * size)


def test_walk_by_hand() -> None:
    # From the frame: half to A, which makes 2 items, half to B, which makes 3.
    #   to the wheel   1/2 · 1/2 + 1/2 · 1/3 = 5/12, to the battery 1/2 · 1/3 = 1/6,
    # divided by (makers + 1)^damping: 3 for the wheel, 2 for the battery.
    related = learn_relatedness(MADE, plain(3))
    walk = related.walk.toarray()
    assert walk[0].tolist() == pytest.approx([0, 5 / 12 / 3**DAMPING, 1 / 6 / 2**DAMPING])
    assert related.makers.tolist() == [2, 2, 1]
    features = related.features([0])
    assert features[1, FEATURES.index("walk")] == pytest.approx(math.log(walk[0, 1] + FLOOR))
    assert features[:, FEATURES.index("makers")].tolist() == pytest.approx(np.log1p([2, 2, 1]))


def test_family_reaches_what_nobody_makes() -> None:
    # 1 and 2 are kinds of 0; only 1 is made. The sister 2 comes before the stranger 3.
    structure = make_structure(np.zeros((4, 4)), [(1, 0), (2, 0)], [], [""] * 4)
    made = csr_matrix(np.array([[0.0, 1, 0, 0]]))
    scores = score_related(learn_relatedness(made, structure), [1])
    assert scores[0] > scores[3]
    assert scores[2] > scores[3]


def test_a_firm_of_which_nothing_is_known_is_ranked_by_how_many_make_an_item() -> None:
    scores = score_related(learn_relatedness(MADE, plain(3)), [])
    assert scores[0] == scores[1] > scores[2]


def test_support_names_what_speaks_for_an_item() -> None:
    related = learn_relatedness(MADE, plain(3))
    support = related.support([0, 1], 2)
    assert {item for item, _ in support} == {0, 1}
    assert sum(share for _, share in support) == pytest.approx(1)


def test_shapes_are_checked() -> None:
    with pytest.raises(ValueError, match="2 × 2"):
        make_structure(np.zeros((3, 3)), [], [], ["", ""])


ITEMS = [
    {"item": f"part-{n}", "name_ru": name, "kind": "component", "unit": "pcs"}
    for n, name in enumerate(("Рама", "Колесо", "Батарея", "Подушка"))
]


def offers(firm: str, *names: str) -> list[dict[str, object]]:
    return [{"enterprise": firm, "product": name} for name in names]


def test_suggests_what_firms_alike_make_with_reasons() -> None:
    rows = [
        *offers("0001", "Рама", "Колесо"),
        *offers("0002", "Рама", "Колесо"),
        *offers("0003", "Рама"),
        *offers("0004", "Батарея"),
    ]
    matches = find_matches(make_dataset(items=ITEMS, offers=rows))
    found = [one for one in suggest_items(matches) if one.enterprise == "0003"]
    assert found[0].item == "part-1"
    assert found[0].support[0][0] == "part-0"
    assert {one.item for one in found} == {"part-1", "part-2", "part-3"}
    for one in found:
        parts = math.fsum(part.value for part in one.contributions)
        assert one.score == pytest.approx(parts, abs=1e-8)
        assert one.probability == pytest.approx(1 / (1 + math.exp(-one.score)))
    with pytest.raises(ValueError, match="top is 1 or more"):
        suggest_items(matches, top=0)


def test_no_offers_no_suggestions() -> None:
    assert suggest_items(find_matches(make_dataset(items=ITEMS))) == ()


@pytest.mark.skipif(not CHIPS.exists(), reason="needs ../shared/data/real/eto_chips")
def test_finds_links_left_out_of_the_chip_supply_chain() -> None:
    script = [sys.executable, str(ROOT / "scripts" / "bench" / "hidden_links"), str(CHIPS)]
    done = subprocess.run([*script, "--json"], check=True, capture_output=True, text=True)
    rows = {row["case"]: row for row in json.loads(done.stdout)}
    assert rows["n"]["value"] == 401
    assert rows["MRR"]["holds"]
    assert rows["HR@10"]["holds"]
