"""Answers: the rows of enterprises, whole or in part, as they are and as they were."""
