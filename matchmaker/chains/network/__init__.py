"""Network: what is possible, from the graph to a trimmed process network with bounds.

In order: process_network · cycle_bounds · longest_path · places · quantity_bounds ·
reference_values · sourcing · assemble · certain_part · startability · maximal_structure.
"""
