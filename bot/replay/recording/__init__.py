"""What happens live, written down so that it can be replayed."""
