"""The reader's embeddings by numpy alone, for a process that only compares lines.

Torch, transformers and tokenizers take some 700 MB before they have read a word. Here the weights
stay in their file, which all processes share, and the vocabulary is a dictionary.
"""
