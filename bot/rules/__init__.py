"""Pure decisions: what to answer, what to say and what must not be said."""
