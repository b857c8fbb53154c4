from .evaluate import Ablation, Evaluation, MatchedLabel, ablate, evaluate
from .labels import Label, Unknown, read_labels
from .metrics import Bin, Metric
from .picture import draw_reliability

__all__ = [
    "Ablation",
    "Bin",
    "Evaluation",
    "Label",
    "MatchedLabel",
    "Metric",
    "Unknown",
    "ablate",
    "draw_reliability",
    "evaluate",
    "read_labels",
]
