"""Users who sign in, profiles that speak, and their privacy."""
