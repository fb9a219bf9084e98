"""How the kernels are compiled: kept on disk, divided like C, and without counting references.

Imported only where numba is to be had. The arrays of a call belong to its caller and outlive it, so
nobody need count them; counting took four fifths of a plan's time, for each call passes some forty.
Nothing compiled this way may make an array.
"""
# mypy: ignore-errors
# pyright: basic, reportCallIssue=false

from numba import njit

compiled = njit(cache=True, error_model="numpy", _nrt=False)
inlined = njit(cache=True, error_model="numpy", _nrt=False, forceinline=True)
