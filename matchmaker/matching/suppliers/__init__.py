"""Suppliers: who meets which requirements, who makes something close, what else a firm may make.

In order: co_production · near_matches · requirements · conditions · suggest.
"""
