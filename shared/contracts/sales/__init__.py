"""What sales hears and says."""
