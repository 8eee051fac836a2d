"""The models: the only package that imports torch or transformers."""
