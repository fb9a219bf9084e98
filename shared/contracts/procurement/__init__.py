"""What procurement hears and says."""
