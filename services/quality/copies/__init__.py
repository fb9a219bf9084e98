"""What quality keeps of masters that others own."""
