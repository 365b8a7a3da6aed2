"""What the operator costs: measured on a cluster that is nobody's, with forces that do not exist."""
