"""What analytics hears and says."""
