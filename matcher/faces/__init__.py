"""Faces in pictures: finding, landmarks, alignment, quality, photographs; shared by edge, enrolment and benchmarks."""
