"""The kernel: figures, dated law, periods, assessments, errors. It knows no tax."""
