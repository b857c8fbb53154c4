from .answers import edge_of
from .condition import ROUTING, Condition, ConditionKind, Recipe
from .find import find_conditions

__all__ = ["ROUTING", "Condition", "ConditionKind", "Recipe", "edge_of", "find_conditions"]
