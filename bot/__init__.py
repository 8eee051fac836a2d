"""danmate: answers viewers' questions in live-stream chat, grounded in the seller's catalogue."""

__version__ = "0.1.0"
