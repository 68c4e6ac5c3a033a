"""Faces: from an image to an embedding, and how like two embeddings are."""
