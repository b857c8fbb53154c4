from .evaluate import Ablation, Evaluation, Verdict, ablate, evaluate
from .labels import Label, Unknown, read_labels
from .metrics import Bin, Measure
from .picture import draw_reliability

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
