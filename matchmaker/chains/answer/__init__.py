"""Answer: what was found in the words of the survey: steps, gaps with reasons, backups, starts."""
