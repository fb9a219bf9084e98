"""What quality hears and says."""
