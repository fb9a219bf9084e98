"""The trace graph: what became of what, from supplier lot to customer and back."""
