"""An evaluation as a report for an auditor who is no statistician: HTML and SVG, from nothing but its JSON."""
