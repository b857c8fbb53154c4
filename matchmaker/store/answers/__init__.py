"""Answers: the rows of enterprises, in and out.

Out: `frames` reads them, `merged_rows` as people merged them, `excerpt` a part of them with the
matches kept, `ages` which are old. In: `import_survey` writes them; `earlier_answers` fills their
blank cells, `history` notes what they change, `left_out` finds and drops what they leave out.

In order: ages · earlier_answers · frames · excerpt · history · left_out · import_survey ·
merged_rows.
"""
