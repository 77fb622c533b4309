"""The tables of the timetable."""
