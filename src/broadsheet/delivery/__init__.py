"""Topics and their versions: how the world hears of a change."""
