"""What if: prices that hold, constraints that bind, drop-outs, and repairs that close gaps."""
