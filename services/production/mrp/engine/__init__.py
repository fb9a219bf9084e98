"""Material requirements planning: pure functions over integers, no clock, no I/O, no globals."""
