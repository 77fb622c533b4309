"""Articles, interviews, provenance, sections, people and feeds."""
