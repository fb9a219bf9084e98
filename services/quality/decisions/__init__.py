"""The signed decision on an inspection lot."""
