"""The flow of a message from room to outcome."""
