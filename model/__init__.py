"""Merilo: scores Russian-language posts for usefulness to a resident and for engagement."""

from model.folder import PRETRAINED, ModelError
from model.memory import Memory
from model.post import Post
from model.score import Score
from model.scorer import Scorer, load

__version__ = "0.1.0"

__all__ = ["PRETRAINED", "Memory", "ModelError", "Post", "Score", "Scorer", "__version__", "load"]
