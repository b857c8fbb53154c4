"""Search: the best sets of decisions in order, each with its bound.

In order: penalties · node_relaxation · branch_and_bound · reduced_cost_fixing · stage_solver ·
k_best · pareto_front.
"""
