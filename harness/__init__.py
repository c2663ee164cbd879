"""Evaluation harness for supervised fine-tuning: suites in, numbers with their uncertainty out."""

__version__ = "0.1.0"
