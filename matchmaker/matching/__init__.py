"""Matching: which enterprise makes, needs or could make which item of the catalogue.

`Dataset → Matches`, in the steps block (which pairs to look at), compare (a level a
comparison), score (levels to log-odds that add up to a probability). Between `codebook`
and `graph` in the flow; never sees a database.
"""

from matchmaker.codebook.weights import Weights
from matchmaker.matching.bulk import JoinOptions, plan_join
from matchmaker.matching.close import find_close, with_close
from matchmaker.matching.coding import Proposal, propose_values
from matchmaker.matching.compare import COMPARISONS
from matchmaker.matching.conditions import Wish, check_conditions
from matchmaker.matching.find import SUBJECTS, find_matches
from matchmaker.matching.join import join_texts
from matchmaker.matching.learn import learn_scores
from matchmaker.matching.match import Contribution, Kind, Match, Step
from matchmaker.matching.matches import Matches
from matchmaker.matching.rank import score_texts
from matchmaker.matching.refit import Refit, refit_weights
from matchmaker.matching.related import learn_relatedness, score_related
from matchmaker.matching.requirements import Between, Fit, OneOf, Told, Verdict, check_requirements
from matchmaker.matching.score import shipped_weights
from matchmaker.matching.suggest import Suggestion, suggest_items
from matchmaker.matching.trial import Compared, Trial, read_trial

__all__ = [
    "COMPARISONS",
    "SUBJECTS",
    "Between",
    "Compared",
    "Contribution",
    "Fit",
    "JoinOptions",
    "Kind",
    "Match",
    "Matches",
    "OneOf",
    "Proposal",
    "Refit",
    "Step",
    "Suggestion",
    "Told",
    "Trial",
    "Verdict",
    "Weights",
    "Wish",
    "check_conditions",
    "check_requirements",
    "find_close",
    "find_matches",
    "join_texts",
    "learn_relatedness",
    "learn_scores",
    "plan_join",
    "propose_values",
    "read_trial",
    "refit_weights",
    "score_related",
    "score_texts",
    "shipped_weights",
    "suggest_items",
    "with_close",
]
