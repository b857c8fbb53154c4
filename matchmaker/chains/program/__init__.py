"""Program: the network as rows and columns, and the solver that minimises over them."""
