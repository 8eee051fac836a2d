"""The report of a replay, or of a room only watched: outcomes go in, one HTML page comes out.

``Fold`` takes outcomes one by one in bounded memory; ``page`` draws what it has counted.
"""

from bot.replay.report.figures import About, Change, Figures, Reading
from bot.replay.report.fold import Fold
from bot.replay.report.page import page

__all__ = ["About", "Change", "Figures", "Fold", "Reading", "page"]
