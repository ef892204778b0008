"""Tests of scripts/plan.py, the checker of implementation.md in generated projects."""
