"""Suppliers: who meets which requirements, who makes something close, what else a firm may make."""
