"""Invented layouts of the ETO kind, and what the files of any say, in plain sets and sums.

The engine has no part in it.
"""

import csv
import random
from collections import defaultdict
from functools import cache
from math import inf

HEADERS = {
    "inputs": ("input_id", "input_name", "type"),
    "providers": ("provider_name", "alias", "provider_id", "provider_type", "country"),
    "provision": ("provider_id", "provided_id", "share_provided"),
    "sequence": ("input_id", "goes_into_id", "is_type_of_id"),
}


def write_layout(folder, **tables):
    """An invented layout; every table a list of rows as tuples."""
    folder.mkdir(exist_ok=True)
    for name, header in HEADERS.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle)
            writer.writerow(header)
            writer.writerows(tables[name])
    return folder


def firm(id, country, *, kind="organization", alias=""):
    return (f"Invented {id}", alias, id, kind, country)


def lamp(**changes):
    """A lamp: assembly (a step) of a body and a bulb; an LED or a filament is a bulb."""
    tables = {
        "inputs": [
            ("X1", "Lamp", "ultimate_output"),
            ("X2", "Assembly", "process"),
            ("X3", "Body", "tool_resource"),
            ("X4", "Bulb", "material_resource"),
            ("X5", "LED", "tool_resource"),
            ("X6", "Filament", "tool_resource"),
            ("X7", "Lamp design", "design_resource"),
        ],
        "providers": [
            firm("F1", "NLD"),
            firm("F2", "JPN"),
            firm("F3", "KOR"),
            firm("F4", ""),
            firm("C1", "", kind="country"),
        ],
        "provision": [
            ("F1", "X3", "3.0"),
            ("F2", "X5", ""),
            ("F3", "X6", "40"),
            ("F4", "X5", "7"),
            ("C1", "X7", "100"),
        ],
        "sequence": [
            ("X2", "X1", ""),
            ("X3", "X2", ""),
            ("X4", "X2", ""),
            ("X5", "", "X4"),
            ("X6", "", "X4"),
            ("X7", "X2", ""),
        ],
    }
    return tables | changes


def more(table, *rows):
    return {table: [*lamp()[table], *rows]}


def random_layout(seed):
    """Two to three levels of steps, makers and types; a type has no components of its own."""
    rng = random.Random(seed)
    wholes, leaves = [f"N{i}" for i in range(rng.randint(1, 4))], [f"M{i}" for i in range(8)]
    sequence = []
    for place, whole in enumerate(wholes):
        below = [*wholes[place + 1 :], *leaves]
        sequence += [(part, whole, "") for part in rng.sample(below, rng.randint(1, 3))]
    for place, leaf in enumerate(leaves):
        if leaves[place + 1 :] and rng.random() < 0.4:
            sequence.append((rng.choice(leaves[place + 1 :]), "", leaf))
    inputs = [(id, f"Item {id}", "process") for id in (*wholes, *leaves)]
    inputs[0] = ("N0", "Item N0", "ultimate_output")
    provided = {(f"F{rng.randint(1, 5)}", rng.choice(inputs)[0]) for _ in range(rng.randint(3, 14))}
    return {
        "inputs": inputs,
        "providers": [firm(f"F{i}", rng.choice(("NLD", "JPN"))) for i in range(1, 6)],
        "provision": [(provider, item, "") for provider, item in sorted(provided)],
        "sequence": sequence,
    }


def wholes_first(items, below):
    """Items in such an order that whatever goes into one stands behind it."""
    done = []

    def visit(item):
        for part in sorted(below(item)):
            visit(part)
        if item not in done:
            done.append(item)

    for item in sorted(items):
        visit(item)
    return done[::-1]


class Facts:
    """What the four CSV files say, in plain sets; the engine has no part in it."""

    def __init__(self, folder):
        rows = {}
        for name in HEADERS:
            with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as handle:
                rows[name] = list(csv.DictReader(handle))
        self.names = {row["input_id"]: row["input_name"] for row in rows["inputs"]}
        outputs = (r["input_id"] for r in rows["inputs"] if r["type"] == "ultimate_output")
        (self.final,) = outputs
        self.country = {
            row["provider_id"]: row["country"]
            for row in rows["providers"]
            if row["provider_type"] == "organization"
        }
        self.provided = {row["provided_id"] for row in rows["provision"]}
        self.shares = {
            (row["provider_id"], row["provided_id"]): row["share_provided"]
            for row in rows["provision"]
            if row["provider_id"] in self.country and row["provided_id"] in self.names
        }
        self.parts, self.types = defaultdict(set), defaultdict(set)
        for row in rows["sequence"]:
            if row["goes_into_id"]:
                self.parts[row["goes_into_id"]].add(row["input_id"])
            if row["is_type_of_id"]:
                self.types[row["is_type_of_id"]].add(row["input_id"])
        self.sellers = {item: list(self._sellers(item)) for item in self.names}
        self.steps = self.parts.keys() - self.provided
        self.order = wholes_first(self.names, lambda item: self.parts[item] | self.types[item])
        self.worth = cache(self._worth)

    def _sellers(self, item):
        """Firms with their shares of an item, or of a type of it, or of a type of that."""
        yield from ((firm, share) for (firm, made), share in self.shares.items() if made == item)
        for child in sorted(self.types[item]):
            yield from self._sellers(child)

    def firms(self, *countries):
        return {firm for firm, country in self.country.items() if country in countries}

    def doable(self, firms):
        """Items with a provider in the set, and steps that nobody provides anywhere."""
        made = {
            item
            for (firm, item), share in self.shares.items()
            if firm in firms and (share == "" or float(share) > 0)
        }
        return made | self.steps

    def available(self, firms, stock=()):
        """Items the set of firms can bring forth: AND over parts, OR over types."""
        doable, available = self.doable(firms), set(stock)
        while True:
            found = {
                item
                for item in self.names
                if (item in doable and self.parts[item] <= available)
                or self.types[item] & available
            }
            if found <= available:
                return available
            available |= found

    def supply(self, item, firms):
        """Percent of the world that the set has of an item and all its types."""
        shares = [share for firm, share in self.sellers[item] if firm in firms]
        return inf if "" in shares else sum(map(float, shares))

    def open(self, firms, quantity):
        """Percent of the world lacking of each item, from the final product downwards.

        What is made of an item asks for as much of each of its parts.
        """
        needs, gaps = defaultdict(float, {self.final: quantity}), {}
        for item in self.order:
            made = needs[item]
            if item not in self.steps:
                made = min(made, self.supply(item, firms))
            if needs[item] - made > 1e-9:
                gaps[item] = needs[item] - made
            for part in self.parts[item]:
                needs[part] += made
        return gaps

    def _worth(self, item):
        """RUB a missing unit counts: 1 more than its parts, no less than its cheapest type."""
        named = {made for _, made in self.shares}
        stands_in = min((self.worth(child) for child in self.types[item]), default=0)
        if not (self.parts[item] or item in named or not stands_in):
            return stands_in
        return max(1 + sum(self.worth(part) for part in self.parts[item]), stands_in)

    def loss(self, firms):
        """RUB that a set of firms leaves open of 1 % of the world."""
        return sum(units * self.worth(item) for item, units in self.open(firms, 1).items())
