"""Matching: which enterprise makes, needs or could make which item of the catalogue.

`Dataset → Matches`, in the steps block (which pairs to look at), compare (a level a
comparison), score (levels to log-odds that add up to a probability). Between `codebook`
and `graph` in the flow; never sees a database.
"""

from matchmaker.matching.bulk import JoinOptions, plan_join
from matchmaker.matching.compare import COMPARISONS
from matchmaker.matching.find import find_matches
from matchmaker.matching.join import join_texts
from matchmaker.matching.learn import learn_scores
from matchmaker.matching.match import Contribution, Kind, Match, Step
from matchmaker.matching.matches import Matches
from matchmaker.matching.rank import score_texts
from matchmaker.matching.related import learn_relatedness, score_related
from matchmaker.matching.requirements import Between, Fit, OneOf, Verdict, check_requirements
from matchmaker.matching.suggest import Suggestion, suggest_items

__all__ = [
    "COMPARISONS",
    "Between",
    "Contribution",
    "Fit",
    "JoinOptions",
    "Kind",
    "Match",
    "Matches",
    "OneOf",
    "Step",
    "Suggestion",
    "Verdict",
    "check_requirements",
    "find_matches",
    "join_texts",
    "learn_relatedness",
    "learn_scores",
    "plan_join",
    "score_related",
    "score_texts",
    "suggest_items",
]
