"""Teaches the writer: invented pairs of a prompt and its wording, the training, the measure."""
