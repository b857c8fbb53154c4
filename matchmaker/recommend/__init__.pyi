from .condition_sentences import tell_certain, tell_conditions
from .explain import explain, explain_start_up, explain_way
from .gaps import find_gaps, gaps_of
from .members import recommend_members
from .questions import recommend_questions
from .records import Contribution, Evidence, Recommendation, advice_to_frame
from .sentences import Sentences

__all__ = [
    "Contribution",
    "Evidence",
    "Recommendation",
    "Sentences",
    "advice_to_frame",
    "explain",
    "explain_start_up",
    "explain_way",
    "find_gaps",
    "gaps_of",
    "recommend_members",
    "recommend_questions",
    "tell_certain",
    "tell_conditions",
]
