"""Who may say what: judging submissions, deciding on them, the desk."""
