"""The demo company: real devices, and the story of their orders."""
