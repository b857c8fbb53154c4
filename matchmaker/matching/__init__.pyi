from .bulk.join import join_texts
from .bulk.shards import JoinOptions, plan_join
from .pairs.compare import COMPARISONS
from .pairs.find import SUBJECTS, find_matches
from .pairs.match import MasteredProcess, Match, MatchKind, MatchWeight
from .pairs.matches import Matches
from .pairs.rank import score_texts
from .pairs.score import shipped_weights
from .suppliers.co_production import learn_relatedness, score_related
from .suppliers.conditions import Wish, check_conditions
from .suppliers.near_matches import find_near_matches, with_near_matches
from .suppliers.requirements import (
    Between,
    Fit,
    OneOf,
    RequirementStatus,
    TextRequirement,
    check_requirements,
)
from .suppliers.suggest import Suggestion, suggest_items
from .training.labelled_pairs import ComparedPairs, LabelledPairs, read_labelled_pairs
from .training.refit import Refit, refit_weights
from .vocabulary.propose import Proposal, propose_values

__all__ = [
    "COMPARISONS",
    "SUBJECTS",
    "Between",
    "ComparedPairs",
    "Fit",
    "JoinOptions",
    "LabelledPairs",
    "MasteredProcess",
    "Match",
    "MatchKind",
    "MatchWeight",
    "Matches",
    "OneOf",
    "Proposal",
    "Refit",
    "RequirementStatus",
    "Suggestion",
    "TextRequirement",
    "Wish",
    "check_conditions",
    "check_requirements",
    "find_matches",
    "find_near_matches",
    "join_texts",
    "learn_relatedness",
    "plan_join",
    "propose_values",
    "read_labelled_pairs",
    "refit_weights",
    "score_related",
    "score_texts",
    "shipped_weights",
    "suggest_items",
    "with_near_matches",
]
