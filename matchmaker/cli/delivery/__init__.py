"""Delivery: commands that hand results on."""
