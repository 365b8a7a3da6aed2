"""Measures what the design costs against what it is measured by: both sides in one run, turn by turn."""
