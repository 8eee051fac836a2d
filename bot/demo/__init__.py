"""The recorded room and catalogue that danmate demo plays."""
