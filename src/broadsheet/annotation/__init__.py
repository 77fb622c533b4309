"""Inline feedback: passages readers marked, editors' prompts, and how both survive an edit."""
