"""Outgoing: templates, call sheets, marked copies and letters for firms, and the way back."""
