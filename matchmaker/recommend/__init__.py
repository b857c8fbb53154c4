"""Recommend: whom to invite, what is still missing, whom to ask what; each figure with its parts.

Behind `chains` in the flow: one file and one public function a question, the same record
for every answer.
"""

from matchmaker.recommend.explain import explain, explain_start_up, explain_way
from matchmaker.recommend.gaps import find_gaps, gaps_of
from matchmaker.recommend.members import recommend_members
from matchmaker.recommend.questions import recommend_questions
from matchmaker.recommend.records import Contribution, Evidence, Recommendation
from matchmaker.recommend.sentences import Sentences

__all__ = [
    "Contribution",
    "Evidence",
    "Recommendation",
    "Sentences",
    "explain",
    "explain_start_up",
    "explain_way",
    "find_gaps",
    "gaps_of",
    "recommend_members",
    "recommend_questions",
]
