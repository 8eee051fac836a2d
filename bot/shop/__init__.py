"""What the seller knows: catalogue, lookup, word packs."""
