"""What production hears and says."""
