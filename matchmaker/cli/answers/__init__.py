"""Answers: commands that ask firms, take answers in and look at them."""
