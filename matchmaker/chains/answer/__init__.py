"""Answer: what was found in the words of the survey: steps, gaps with reasons, backups, starts.

In order: backups · gap_reasons · start_up · describe · open_conditions.
"""
