"""Records: what people decided, merged and imported, with its history."""
