"""What inventory hears and says."""
