"""Recommend: whom to invite, what is still missing, whom to ask what; each figure with its parts.

Behind `chains` in the flow: one file and one public function a question, the same record
for every answer.

In order: records · sentences · condition_sentences · members · gaps · unanswered · questions ·
cells · explain.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
