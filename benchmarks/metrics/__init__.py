"""What is measured of a matcher: pure functions of scores, counts and people.

A comparison is a match if its score is *at or above* the threshold (NIST FRTE; ties decide, so tests hold them).
Rates are fractions of counted things. What cannot be said is never a number: a rate of nothing has no value and says
why, and a figure that its own definition leaves open is `None` with a reason. Distances are negated before they
enter.
"""
