"""Evaluation: how good matching is on labels, with intervals; what each layer adds.

`Dataset` + labels → measures. Behind `recommend`, before `export` in the flow: it looks at what
the rooms to its left answer and changes nothing. `metrics` has the figures, `labels` reads what
people judged, `evaluate` asks matching, `picture` draws.
"""

from matchmaker.evaluation.evaluate import Ablation, Evaluation, Verdict, ablate, evaluate
from matchmaker.evaluation.labels import Label, Unknown, read_labels
from matchmaker.evaluation.metrics import Bin, Measure
from matchmaker.evaluation.picture import draw_reliability

__all__ = [
    "Ablation",
    "Bin",
    "Evaluation",
    "Label",
    "Measure",
    "Unknown",
    "Verdict",
    "ablate",
    "draw_reliability",
    "evaluate",
    "read_labels",
]
