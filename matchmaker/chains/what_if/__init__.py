"""What if: prices that hold, constraints that bind, drop-outs, and repairs that close gaps.

In order: constraints · binding_constraints · dropouts · elastic_network · price_ranges · repairs
· conditions · explain_result · variants.
"""
