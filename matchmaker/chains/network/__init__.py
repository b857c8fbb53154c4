"""Network: what is possible, from the graph to a trimmed process network with bounds."""
