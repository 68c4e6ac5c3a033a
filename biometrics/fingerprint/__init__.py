"""Fingers: from an image to a template, and how like two templates are."""
