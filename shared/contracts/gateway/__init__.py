"""What gateway hears and says."""
