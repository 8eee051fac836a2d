"""What each command of the command line does: the shell around the parts."""
