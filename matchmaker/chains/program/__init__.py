"""Program: the network as rows and columns, and the solver that minimises over them.

In order: highs · anchored_bounds · outcome · rows · valid_inequalities · model.
"""
