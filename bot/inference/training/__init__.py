"""Teaching the reader: labelled lines, the recipe, the student, and what it is measured at."""
