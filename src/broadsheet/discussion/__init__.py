"""Threads, comments and votes below an article."""
