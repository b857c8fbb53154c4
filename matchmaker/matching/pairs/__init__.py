"""Pairs: which pairs to look at, how they compare, and what that adds up to.

In order: compare · block · match · score · call_sheet_answers · decisions · ability · explain ·
matches · find · rank.
"""
