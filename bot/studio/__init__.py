"""The seller's studio: texts and analyses from the same catalogue, models and guard."""
