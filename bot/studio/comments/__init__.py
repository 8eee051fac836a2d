"""What viewers wrote, analysed: labels, topics, questions, moments, and findings with numbers."""
