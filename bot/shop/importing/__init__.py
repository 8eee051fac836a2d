"""A seller's own list (CSV, spreadsheet, JSON, Shopify) becomes a catalogue."""
