"""The pages that danmate serves."""
